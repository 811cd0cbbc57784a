import { describe, expect, it } from 'vitest';
import { analyse } from '$lib/network';
import { laneNetwork, type Experiment } from '../experiment/experiment';
import { PRESETS } from '../experiment/presets';
import { findingsOf, FINDING_THRESHOLDS, sweepFindings, type Finding } from './findings';
import { toldRun, type Told } from './testing';
import type { SeedRecord } from '../studies/seeds/record';
import type { SweepPoint } from '../studies/sweep/record';

/** A run, and what is found in it. */
function runOf(experiment: Experiment, told: readonly Told[], steps = 50) {
	const { history, networks } = toldRun(experiment, told, steps);
	const find = (step?: number) => findingsOf(history, networks, experiment, step);
	return { history, find };
}

/** What another seed shows at a step. */
const withSeed = (seed: number, step: number, errors: readonly number[]): SeedRecord => ({
	...{ step, seed, steps: [step] },
	lanes: errors.map((error) => ({ errors: [error], trainingError: error, testError: error }))
});

const pair = PRESETS.degradation(20);
const sound: Told = {};
/** Those that compare two networks. */
const compared = (found: readonly Finding[]) => found.filter((each) => 'other' in each);

describe('what a run shows', () => {
	it('is nothing where nothing is the matter', () => {
		expect(runOf(pair, [sound, sound]).find()).toEqual([]);
	});

	it('is nothing before the first step', () => {
		expect(runOf(pair, [sound, sound], 0).find()).toEqual([]);
	});

	it('a vanished gradient, with first and largest norm', () => {
		const { find } = runOf(pair, [{ norm: (column) => (column === 0 ? 1e-9 : 0.5) }, sound]);
		expect(find()).toEqual([
			{ kind: 'vanished', lane: 0, first: expect.closeTo(1e-9, 15), largest: 0.5 }
		]);
	});

	it('no vanished gradient where all are small alike', () => {
		expect(runOf(pair, [{ norm: () => 1e-9 }, sound]).find()).toEqual([]);
	});

	it('an exploded gradient, whether a number or not', () => {
		const { find } = runOf(pair, [
			{ norm: (column) => (column === 2 ? 3e4 : 1) },
			{ norm: (column) => (column === 1 ? NaN : 1) }
		]);
		expect(find()).toEqual([
			{ kind: 'exploded', lane: 0, largest: 3e4, column: 2, peak: null },
			{ kind: 'exploded', lane: 1, largest: NaN, column: 1, peak: { step: 49, norm: NaN } }
		]);
	});

	it('dead layers', () => {
		const { find } = runOf(pair, [{ norm: (column) => (column < 15 ? 0 : 1) }, sound]);
		expect(find()).toEqual([{ kind: 'dead', lane: 0, layers: 15, of: 20 }]);
	});

	it('divergence', () => {
		const [found] = runOf(pair, [{ loss: 30 }, sound]).find();
		expect(found).toMatchObject({ kind: 'diverged', lane: 0, loss: 30 });
	});

	it('that shortcuts help at one depth, not before enough steps, and not once one is cut', () => {
		const { history, find } = runOf(pair, [{ error: 0.5 }, { error: 0.3 }]);
		const expected = { kind: 'shortcuts', lane: 1, other: 0 };
		expect(find()).toMatchObject([expected]);
		expect(find(20)).toEqual([]);
		history.addEvent({ kind: 'gate', step: 30, lane: 1, block: 0, gate: 0 });
		expect(compared(find())).toEqual([]);
	});

	it('how far one rounding has driven two equal networks apart', () => {
		const rounding = PRESETS.rounding(20);
		const { find } = runOf(rounding, [{ error: 0.5 }, { error: 0.4 }, sound, sound], 60);
		expect(find().filter(({ kind }) => kind === 'rounding')).toEqual([
			{
				...{ kind: 'rounding', lane: 1, other: 0, at: 20 },
				...{ apart: expect.closeTo(0.1), error: expect.closeTo(0.4), otherError: 0.5 }
			},
			{
				...{ kind: 'rounding', lane: 3, other: 2, at: 1 },
				...{ apart: 0, error: expect.closeTo(0.3), otherError: expect.closeTo(0.3) }
			}
		]);
		expect(find(20)).toEqual([]);
	});

	it('degradation: of plain networks, the deeper one has the higher training error', () => {
		const depths = PRESETS.depths(20);
		const errors = [0.2, 0.4, 0.2, 0.21];
		const found = runOf(
			depths,
			errors.map((error) => ({ error }))
		).find();
		expect(found.filter(({ kind }) => kind === 'degradation')).toEqual([
			{
				kind: 'degradation',
				lane: 1,
				other: 0,
				error: expect.closeTo(0.4, 12),
				otherError: expect.closeTo(0.2, 12),
				seeds: null
			}
		]);
	});

	it('nothing between networks of which one was operated on, unless that was undone at once', () => {
		const { history, find } = runOf(pair, [{ error: 0.5 }, { error: 0.3 }]);
		const operation = { kind: 'zero-branch', block: 1 } as const;
		const about = { lane: 1, operation, after: 0.5, images: 500 };
		history.addEvent({ kind: 'surgery', step: 30, before: 0.4, ...about });
		expect(compared(find())).toEqual([]);
		expect(compared(find(45)), 'later too').toEqual([]);
		history.addEvent({ kind: 'surgery-undone', step: 30, since: 30, ...about });
		expect(find()).toHaveLength(1);
		history.addEvent({ kind: 'surgery', step: 40, before: 0.4, ...about });
		history.addEvent({ kind: 'surgery-undone', step: 45, since: 40, ...about });
		expect(compared(find()), 'steps are missing').toEqual([]);
	});
});

describe('networks of several families', () => {
	const road = PRESETS.road(20);
	const parameters = road.lanes.map(
		(lane) => analyse(laneNetwork(lane, [16, 16, 1])).parameterCount
	);
	const ranked = (lane: number, error: number) => ({
		...{ lane, error: expect.closeTo(error, 12), parameters: parameters[lane] }
	});
	const run = (errors: readonly number[], experiment = road) =>
		runOf(
			experiment,
			errors.map((error) => ({ error }))
		);

	it('are ranked, with their numbers of parameters', () => {
		expect(run([0.4, 0.3, 0.23, 0.2]).find()).toEqual([
			{
				kind: 'lowest',
				...ranked(3, 0.2),
				margin: FINDING_THRESHOLDS.apart,
				near: [ranked(2, 0.23)],
				above: [ranked(1, 0.3), ranked(0, 0.4)],
				seeds: null
			}
		]);
	});

	it('are not ranked where none lies above the lowest by more than the margin, nor before enough steps', () => {
		expect(run([0.22, 0.2, 0.21, 0.23]).find()).toEqual([]);
		expect(run([0.4, 0.3, 0.23, 0.2]).find(39)).toEqual([]);
	});

	it('are ranked by means over seeds, whose spread is the margin if it is larger', () => {
		const { history, find } = run([0.4, 0.4, 0.24, 0.2]);
		history.addResult('seeds', withSeed(2, 50, [0.4, 0.5, 0.3, 0.2]));
		expect(find()).toMatchObject([
			{
				...{ kind: 'lowest', lane: 3, margin: expect.closeTo(0.1, 12), seeds: { count: 2 } },
				near: [ranked(2, 0.27)],
				above: [ranked(0, 0.4), ranked(1, 0.45)]
			}
		]);
	});

	it('are ranked without those that diverge', () => {
		const { find } = runOf(road, [{ loss: 30 }, sound, { error: 0.4 }, { error: 0.3 }]);
		const found = find().find(({ kind }) => kind === 'lowest');
		expect(found).toMatchObject({ near: [{ lane: 3 }], above: [{ lane: 2 }] });
	});

	it('are compared in pairs where they differ in one remedy alone', () => {
		const found = run([0.4, 0.3, 0.3, 0.29], PRESETS['road-norm'](20)).find();
		expect(found.filter(({ kind }) => kind === 'remedy')).toMatchObject([
			{ lane: 1, other: 0, by: 'norm' }
		]);
	});
});

describe('a rescue', () => {
	const remedy = PRESETS['rescue-relu'](8);
	const ill: Told = { error: 0.9, norm: (column) => (column === 0 ? 1e-9 : 0.5) };

	it('is a network that learns beside one whose gradients fail, told with what sets them apart', () => {
		const [found] = runOf(remedy, [ill, { error: 0.4 }]).find();
		expect(found).toEqual({
			kind: 'rescued',
			lane: 1,
			other: 0,
			error: expect.closeTo(0.4, 12),
			otherError: expect.closeTo(0.9, 12),
			by: ['activation', 'initialisation']
		});
	});

	it.each([
		['it learns no more than guessing', remedy, [ill, { error: 0.88 }]],
		['the other one has nothing the matter', remedy, [{ error: 0.9 }, { error: 0.4 }]],
		['they differ in their shortcuts', PRESETS.degradation(8), [ill, { error: 0.4 }]]
	] as const)('is none where %s', (_, experiment, told) => {
		const { find } = runOf(experiment, told);
		expect(find().filter(({ kind }) => kind === 'rescued')).toEqual([]);
	});

	it('is none before enough steps', () => {
		expect(compared(runOf(remedy, [ill, { error: 0.4 }]).find(39))).toEqual([]);
	});
});

describe('several seeds of an experiment', () => {
	const depths = PRESETS.depths(20);
	/** A run whose plain networks of depth 8 and 20 have the first of these errors, and other seeds with the rest. */
	function run(shallow: readonly number[], deep: readonly number[], step = 50) {
		const [own, ...others] = shallow.map((error, seed) => [error, deep[seed], 0.2, 0.2]);
		const made = runOf(
			depths,
			own.map((error) => ({ error }))
		);
		for (const [i, errors] of others.entries())
			made.history.addResult('seeds', withSeed(i + 2, step, errors));
		return made;
	}
	const degradation = (found: ReturnType<ReturnType<typeof run>['find']>) =>
		found.filter(({ kind }) => kind === 'degradation');

	it('show degradation with means, and an interval of the difference in each seed', () => {
		const found = degradation(run([0.2, 0.24, 0.22], [0.4, 0.5, 0.45]).find());
		// Differences 0.20, 0.26, 0.23: 0.23 ± 4.303 · 0.03 / √3.
		expect(found).toEqual([
			{
				kind: 'degradation',
				lane: 1,
				other: 0,
				error: expect.closeTo(0.45, 12),
				otherError: expect.closeTo(0.22, 12),
				seeds: {
					count: 3,
					mean: expect.closeTo(0.23, 12),
					low: expect.closeTo(0.15547, 5),
					high: expect.closeTo(0.30453, 5)
				}
			}
		]);
	});

	it('show none where the interval has 0 in it, though one seed alone would', () => {
		expect(degradation(run([0.2], [0.3]).find())).toHaveLength(1);
		expect(degradation(run([0.2, 0.34, 0.3], [0.3, 0.33, 0.32]).find())).toEqual([]);
	});

	it('count at the step to which all were trained, and not where the learning rate was changed', () => {
		const { history, find } = run([0.2, 0.21], [0.4, 0.41], 45);
		expect(degradation(find())).toMatchObject([{ seeds: null }]);
		expect(degradation(find(45))).toMatchObject([{ seeds: { count: 2 } }]);
		history.addEvent({ kind: 'learning-rate', step: 10, learningRate: 0.1 });
		expect(degradation(find(45))).toMatchObject([{ seeds: null }]);
	});

	it('with a network that has stopped do not count', () => {
		const { history, find } = run([0.2, 0.21], [0.4, 0.41]);
		const [{ lanes, ...stopped }] = history.results.seeds;
		history.addResult('seeds', {
			...stopped,
			lanes: lanes.map((lane) => ({ ...lane, trainingError: null }))
		});
		expect(degradation(find())).toMatchObject([{ seeds: null }]);
	});
});

describe('a sweep over depth', () => {
	const point = (depth: number, seed: number, trainingError: number | null): SweepPoint => ({
		...{ values: [depth], seed, trainingError, kind: 'plain', testError: 0.5, milliseconds: 1 }
	});

	const found = (points: readonly SweepPoint[]) =>
		sweepFindings({
			spec: { axes: [{ setting: 'depth', values: [8, 20, 56] }], seeds: 3, steps: 5 },
			points
		});

	it('shows degradation against the best shallower networks, of the seeds that both have', () => {
		const points = [
			...[point(8, 1, 0.3), point(8, 2, 0.32), point(20, 1, 0.25), point(20, 2, 0.29)],
			...[point(56, 1, 0.5), point(56, 2, 0.6), point(56, 3, 0.9)]
		];
		expect(found(points)).toEqual([
			{
				kind: 'plain',
				at: null,
				degradation: true,
				depth: 56,
				error: expect.closeTo(0.55, 12),
				other: 20,
				otherError: expect.closeTo(0.27, 12),
				seeds: { count: 2, spread: expect.closeTo(0.1, 12) }
			}
		]);
	});

	it('shows none within the spread, one seed as one, and nothing of one depth', () => {
		const within = [point(8, 1, 0.2), point(8, 2, 0.4), point(20, 1, 0.35), point(20, 2, 0.4)];
		expect(found(within)).toMatchObject([{ degradation: false, seeds: { count: 2 } }]);
		expect(found([point(8, 1, 0.2), point(20, 1, 0.3)])).toMatchObject([
			{ degradation: true, seeds: null }
		]);
		expect(found([point(8, 1, 0.2), point(20, 1, null)])).toEqual([]);
	});

	it('at each value of another setting; a sweep over others shows none', () => {
		const at = (depth: number, width: number, trainingError: number): SweepPoint => ({
			...point(depth, 1, trainingError),
			values: [width, depth]
		});
		const points = [at(8, 4, 0.2), at(20, 4, 0.3), at(8, 16, 0.2), at(20, 16, 0.1)];
		const axes = [
			{ setting: 'width' as const, values: [16, 4] },
			{ setting: 'depth' as const, values: [8, 20] }
		];
		const spec = { axes, seeds: 1, steps: 5 };
		expect(sweepFindings({ spec, points })).toMatchObject([
			{ at: { setting: 'width', value: 4 }, depth: 20, other: 8, degradation: true },
			{ at: { setting: 'width', value: 16 }, depth: 20, other: 8, degradation: false }
		]);
		expect(sweepFindings({ spec: { ...spec, axes: [axes[0]] }, points: [] })).toEqual([]);
	});
});
