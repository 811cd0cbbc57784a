/** The runs of a class, put together by what they train: values for the teacher's chart. */
import type { Curve, Member, Room } from '$lib/class';
import { laneNames } from '../words/experiment';
import { experimentOf } from './address';

interface ClassRun {
	readonly member: Member;
	readonly curve: Curve;
}

/** Runs of the same networks: of one set-up, or of experiments of the students' own. */
export interface RunGroup {
	readonly id: string;
	/** The set-up that they train; null for none. */
	readonly setup: string | null;
	/** Names of the networks. */
	readonly names: readonly string[];
	/** The latest run of each student, in the order in which students arrived. */
	readonly runs: readonly ClassRun[];
}

/** Groups of runs: that of the present set-up first, the others by their number of runs. */
export function runGroups({
	members,
	stage: { setup }
}: Pick<Room, 'members' | 'stage'>): RunGroup[] {
	const groups = new Map<
		string,
		{ setup: string | null; names: string[]; runs: Map<string, ClassRun> }
	>();
	const asked = setup && experimentOf(setup.address);
	for (const member of members.values())
		for (const curve of Object.values(member.curves)) {
			const ofSetup = asked !== null && curve.setup === setup?.id;
			// Students' pages name networks in their own languages.
			const names = ofSetup ? laneNames(asked) : curve.lanes.map(({ title }) => title);
			const id = ofSetup ? curve.setup : `${curve.setup ?? ''} ${names.join(' ')}`;
			const group = groups.get(id) ?? { setup: curve.setup, names, runs: new Map() };
			group.runs.set(member.id, { member, curve });
			groups.set(id, group);
		}
	const isPresent = (group: RunGroup) =>
		group.setup !== null && group.setup === setup?.id ? 1 : 0;
	return [...groups]
		.map(([id, { setup, names, runs }]): RunGroup => ({
			id,
			setup,
			names,
			runs: [...runs.values()]
		}))
		.sort((a, b) => isPresent(b) - isPresent(a) || b.runs.length - a.runs.length);
}
