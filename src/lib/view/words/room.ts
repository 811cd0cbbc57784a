/** What is said of a room: its state, why it refuses, who and what is in it. */
import {
	found,
	type Member,
	type Refusal,
	type Room,
	type RunRefusal,
	type Setting,
	type StudentState,
	type Sweep,
	type TeacherState
} from '$lib/class';
import { isPresetName, type Experiment } from '$lib/lab';
import type { Activation, Initialisation, Norm } from '$lib/network';
import { m } from '$lib/paraglide/messages';
import { experimentOf, pageOf } from '../class/address';
import type { RunGroup } from '../class/runs';
import { initialisationName, laneKindName, laneNames, presetName } from './experiment';
import { formatList, formatParts } from './format';
import { activationName, normFull } from './graph';
import { SWEEP_SETTING_WORDS } from './sweep';

/** Why the server refuses, and the way out. */
const REFUSALS: { readonly [R in Refusal]: () => string } = {
	version: m.room_refused_version,
	malformed: m.room_refused_malformed,
	'no-room': m.room_refused_no_room,
	'wrong-key': m.room_refused_wrong_key,
	'not-here': m.room_refused_not_here,
	full: m.room_refused_full,
	elsewhere: m.room_refused_elsewhere,
	removed: m.room_refused_removed,
	closed: m.room_refused_closed,
	rate: m.room_refused_rate,
	slow: m.room_refused_slow,
	silent: m.room_refused_silent
};
export const refusalText = (refusal: Refusal | null): string =>
	refusal ? REFUSALS[refusal]() : m.room_gone();

/** Why a student's run cannot be opened. */
const RUN_REFUSALS: { readonly [R in RunRefusal]: () => string } = {
	'no-run': m.room_run_gone,
	left: m.room_run_left,
	replaced: m.room_run_replaced
};
export const runRefusalText = (refusal: RunRefusal): string => RUN_REFUSALS[refusal]();

/** What keeps a student waiting; '' if nothing does. */
export function studentStatusText({ status, teacher }: StudentState): string {
	if (status === 'connecting') return m.room_connecting();
	if (status === 'away') return m.room_away();
	return teacher ? '' : m.room_teacher_away();
}

/** The same for the teacher; null before the room is known. */
export function teacherStatusText(state: TeacherState | null): string {
	switch (state?.status) {
		case undefined:
		case 'connecting':
			return m.room_connecting();
		case 'away':
			return m.room_server_away();
		case 'refused':
			return refusalText(state.refusal);
		case 'open':
			return '';
	}
}

/** A student by nickname where names are shown, else by the number of arrival. */
export const memberName = (
	{ name, place }: Pick<Member, 'name' | 'place'>,
	named: boolean
): string => (named && name ? name : m.room_student({ number: place }));

/** A page of the app by its path from the app's root. */
export function placeName(path: string): string {
	const [page, lesson] = path.split('/');
	switch (page) {
		case 'lab':
			return m.nav_lab();
		case 'explore':
			return m.nav_explore();
		case 'lessons':
			return lesson ? m.room_lesson({ number: Number.parseInt(lesson, 10) }) : m.nav_lessons();
		case 'help':
			return m.nav_help();
		default:
			return m.room_elsewhere();
	}
}

/** What an address opens: `Degradation: plain-20, residual-20`. */
export function setupTitle(address: string): string {
	const experiment = experimentOf(address);
	if (!experiment) return placeName(pageOf(address));
	const networks = formatList(laneNames(experiment));
	return isPresetName(experiment.preset)
		? m.room_experiment({ name: presetName(experiment.preset), networks })
		: networks;
}

/** A group of runs to choose from. */
export function groupTitle(
	{ setup, names, runs }: RunGroup,
	{ stage }: Pick<Room, 'stage'>
): string {
	const networks = formatList(names);
	const count = runs.length;
	return setup !== null && setup === stage.setup?.id
		? m.room_group_now({ networks, count })
		: m.room_group({ networks, count });
}

/** The job that a machine does. */
export const jobText = (experiment: Experiment): string =>
	m.room_helping({ network: formatList(laneNames(experiment)) });

/** The settings that a sweep varies, with the names of their values. */
const SETTINGS: {
	readonly [S in Setting]: {
		readonly name: () => string;
		readonly value: (value: string | number) => string;
	};
} = {
	...SWEEP_SETTING_WORDS,
	kind: {
		name: m.room_kind,
		value: (kind) => laneKindName(kind as Parameters<typeof laneKindName>[0])
	},
	norm: { name: m.room_norm, value: (norm) => normFull(norm as Norm) },
	activation: { name: m.kind_activation, value: (name) => activationName(name as Activation) },
	initialisation: {
		name: m.room_initialisation,
		value: (name) => initialisationName(name as Initialisation)
	}
};
export const settingName = (setting: Setting): string => SETTINGS[setting].name();
export const valueName = (setting: Setting, value: string | number): string =>
	SETTINGS[setting].value(value);

/** Results on which machines do not agree, as sentences. */
export const contradictionTexts = (sweep: Sweep): string[] =>
	found(sweep).flatMap(({ values, seed, state }) => {
		if (state !== 'disputed' && state !== 'contradicted') return [];
		const what = formatParts(
			values.map((value, i) => valueName(sweep.grid.axes[i].setting, value))
		);
		return state === 'disputed'
			? m.room_disputed({ what, seed })
			: m.room_contradicted({ what, seed });
	});
