import { describe, expect, it } from 'vitest';
import type { Experiment } from '../experiment/experiment';
import { PRESETS } from '../experiment/presets';
import { History } from '../record/history';
import type { RunEvent } from '../record/record';
import { changeFindings } from './changes';

const pair = PRESETS.degradation(8);
const gate = (step: number, block: number, value: number): RunEvent => ({
	kind: 'gate',
	...{ step, lane: 1, block, gate: value }
});

/** @param errors of the second lane by step, from 1; the first lane's is 0.3 throughout */
function changesIn(
	events: readonly RunEvent[],
	errors: (step: number) => number,
	{ steps = 100, experiment = pair }: { steps?: number; experiment?: Experiment } = {}
) {
	const history = new History(2);
	const none = new Float32Array(0);
	history.addSteps(
		Array.from({ length: steps }, (_, i) => ({
			step: i + 1,
			milliseconds: 1,
			lanes: [0.3, errors(i + 1)].map((trainingError) => ({
				...{ loss: 1, trainingError, gradientNorms: none, weightNorms: none, updateNorms: none },
				...{ deadShares: none, blockOutputGradientNorms: none, blockOutputStd: none }
			}))
		}))
	);
	events.forEach((event) => history.addEvent(event));
	return changeFindings(history, experiment);
}
const jump = (step: number) => (step > 50 ? 0.6 : 0.3);
const near = (value: number) => expect.closeTo(value, 12);

describe('a change made in training', () => {
	it('has the errors right before and right after it, and at the end of its stretch', () => {
		expect(changesIn([gate(50, 0, 0)], jump)).toEqual([
			{
				kind: 'change',
				lane: 1,
				step: 50,
				changed: { kind: 'cut', count: 1, of: 3 },
				training: {
					before: near(0.3),
					after: near(0.6),
					steps: 20,
					effect: 'rose',
					later: { step: 100, error: near(0.6) }
				},
				whole: null,
				twin: null
			}
		]);
	});

	it.each([
		['rose', 0.35],
		['none', 0.33],
		['none', 0.27],
		['fell', 0.25]
	] as const)('%s at %f after 0.3', (effect, after) => {
		const found = changesIn([gate(50, 0, 0)], (step) => (step > 50 ? after : 0.3));
		expect(found).toMatchObject([{ training: { effect } }]);
	});

	it('needs more of a difference where fewer steps were made', () => {
		const found = changesIn([gate(50, 0, 0)], (step) => (step > 50 ? 0.35 : 0.3), { steps: 55 });
		expect(found).toMatchObject([{ training: { effect: 'none', steps: 5 } }]);
		expect(changesIn([gate(50, 0, 0)], jump, { steps: 54 })).toEqual([]);
	});

	it('may come in parts: shortcuts that are cut one after the other are one change', () => {
		const found = changesIn([gate(40, 0, 0), gate(50, 1, 0)], jump);
		expect(found).toMatchObject([{ step: 50, changed: { kind: 'cut', count: 2 } }]);
		expect(changesIn([gate(40, 0, 0), gate(45, 0, 1)], jump)).toEqual([]);
		expect(changesIn([gate(40, 0, 0), gate(50, 1, 0.5)], jump)).toMatchObject([
			{ changed: { kind: 'gated', count: 2 } }
		]);
	});

	it('of restored shortcuts tells the error before the cut; the latest change comes first', () => {
		const found = changesIn([gate(40, 0, 0), gate(70, 0, 1)], (step) => (step > 40 ? 0.6 : 0.2));
		expect(found).toMatchObject([
			{ step: 70, changed: { kind: 'restored', count: 1 }, whole: near(0.2) },
			{ step: 40, changed: { kind: 'cut' }, whole: null }
		]);
	});

	it('is seen beside the same network in which nothing was changed', () => {
		const experiment = PRESETS.switching(8);
		expect(changesIn([gate(50, 0, 0)], jump, { experiment })).toMatchObject([
			{ twin: { lane: 0, error: near(0.3) } }
		]);
	});

	it('of the learning rate concerns every network, set by hand or by the schedule', () => {
		const rate = { kind: 'learning-rate', step: 50, learningRate: 0.003 } as const;
		const expected = [0, 1].map((lane) => ({
			...{ lane, step: 50, changed: { kind: 'learning-rate', from: 0.03, to: near(0.003) } }
		}));
		expect(changesIn([rate], jump)).toMatchObject(expected);
		const schedule = { kind: 'drops', after: [50] } as const;
		const experiment = { ...pair, recipe: { ...pair.recipe, schedule } };
		expect(changesIn([], jump, { experiment })).toMatchObject(expected);
		expect(changesIn([{ ...rate, learningRate: 0.03 }], jump)).toEqual([]);
		const slid = [0.02, 0.01, 0.003].map((to, i) => ({ ...rate, step: 48 + i, learningRate: to }));
		expect(changesIn(slid, jump)).toMatchObject(expected);
	});

	it('of weights has its test errors at once, and is gone when it is undone at once', () => {
		const operation = { kind: 'zero-branch', block: 1 } as const;
		const about = { lane: 1, operation, after: 0.5, images: 500 };
		const surgery = { kind: 'surgery', step: 99, before: 0.4, ...about } as const;
		expect(changesIn([surgery], jump)).toMatchObject([
			{ changed: { kind: 'surgery', event: surgery }, training: null }
		]);
		const undone = { kind: 'surgery-undone', since: 99, ...about } as const;
		expect(changesIn([surgery, { ...undone, step: 99 }], jump)).toEqual([]);
	});

	it('is also that weights were put in, where the error shows it; going on after a loss is none', () => {
		const resumed = { kind: 'resumed', step: 50, backend: 'wasm' } as const;
		expect(changesIn([{ ...resumed, cause: 'weights' }], jump)).toMatchObject([
			{ lane: 1, changed: { kind: 'weights' } }
		]);
		expect(changesIn([{ ...resumed, cause: 'kept' }], jump)).toEqual([]);
	});
});
