import { describe, expect, it } from 'vitest';
import { EMPTY_STAGE, type Curve, type Room } from '$lib/class';
import { arrived, heard, newRoom } from '$lib/class/teacher';
import { runGroups } from './runs';

const setup = { id: 'now', address: 'lab/?preset=degradation&depth=8' };
const curve = (run: string, own: Partial<Curve> = {}): Curve => ({
	run,
	setup: setup.id,
	steps: [10],
	lanes: ['普通-8', '残差-8'].map((title) => ({ title, errors: [0.5] })),
	done: false,
	...own
});

/** A room in which each student has told curves. */
function roomWith(...told: readonly (readonly Curve[])[]): Room {
	let room: Room = { ...newRoom('BCDFGH'), stage: { ...EMPTY_STAGE, setup } };
	told.forEach((curves, i) => {
		room = arrived(room, `student-${i}`, 0)!;
		curves.forEach((each, k) => {
			const message = { number: k + 1, after: k, told: { kind: 'curve', curve: each } } as const;
			room = heard(room, `student-${i}`, message, k)!;
		});
	});
	return room;
}

describe('the runs of a class', () => {
	it('of the set-up are one group, whatever language their networks are named in', () => {
		const english = curve('b', { lanes: [{ title: 'plain-8', errors: [0.4] }] });
		const [group, ...others] = runGroups(roomWith([curve('a')], [english]));
		expect(others).toEqual([]);
		expect(group.names).toEqual(['plain-8', 'residual-8']);
		expect(group.runs.map(({ curve }) => curve.run)).toEqual(['a', 'b']);
	});

	it('count once for each student: the latest', () => {
		const [group] = runGroups(roomWith([curve('a'), curve('b')]));
		expect(group.runs.map(({ curve }) => curve.run)).toEqual(['b']);
	});

	it('of experiments of their own are groups by their networks, after that of the set-up', () => {
		const own = (run: string, title: string) =>
			curve(run, { setup: null, lanes: [{ title, errors: [0.5] }] });
		const room = roomWith([own('a', 'plain-14')], [own('b', 'plain-14')], [curve('c')]);
		expect(runGroups(room).map(({ names }) => names)).toEqual([
			['plain-8', 'residual-8'],
			['plain-14']
		]);
	});

	it('keep the names that students see once another set-up is open', () => {
		const room = roomWith([curve('a', { setup: 'before' })]);
		expect(runGroups(room).map(({ names }) => names)).toEqual([['普通-8', '残差-8']]);
	});
});
