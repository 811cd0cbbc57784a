import { describe, expect, it } from 'vitest';
import { analyse } from '$lib/network';
import { laneNetwork, type Experiment } from './experiment';
import { PRESETS } from './presets';
import { findingsOf } from './findings';
import { History } from './history';

interface Told {
	readonly loss?: number;
	readonly error?: number;
	/** Gradient norm by column. */
	readonly norm?: (column: number) => number;
}

/** Steps in which every lane tells the same each time. */
function runOf(experiment: Experiment, told: readonly Told[], steps = 50) {
	const networks = experiment.lanes.map((lane) => analyse(laneNetwork(lane, [16, 16, 1])));
	const history = new History(told.length);
	history.addSteps(
		Array.from({ length: steps }, (_, i) => ({
			step: i + 1,
			milliseconds: 1,
			lanes: told.map(({ loss = 1, error = 0.3, norm = () => 1 }, lane) => {
				const gradientNorms = new Float32Array(networks[lane].parameters.length).fill(1);
				for (const { kernel, column } of networks[lane].layers)
					gradientNorms[kernel] = norm(column);
				return {
					loss: i < 3 ? 2.3 : loss,
					trainingError: error,
					gradientNorms,
					weightNorms: new Float32Array(0),
					updateNorms: new Float32Array(0),
					deadShares: new Float32Array(0),
					blockOutputGradientNorms: new Float32Array(0),
					blockOutputStd: new Float32Array(0)
				};
			})
		}))
	);
	return { history, find: (step?: number) => findingsOf(history, networks, experiment, step) };
}

const pair = PRESETS.degradation(20);
const sound: Told = {};

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
			{ kind: 'exploded', lane: 0, largest: 3e4, column: 2 },
			{ kind: 'exploded', lane: 1, largest: NaN, column: 1 }
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
		expect(find()).toEqual([]);
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
				otherError: expect.closeTo(0.2, 12)
			}
		]);
	});
});
