import { LIMITS, MAX_LANES } from '../limits';
import { unusualValues } from './schema';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import {
	addLane,
	changeLane,
	changeLanes,
	experimentDepth,
	lane,
	laneGates,
	laneNetwork,
	laneOf,
	removeLane,
	withDepth,
	type Experiment
} from './experiment';
import { depthOf, laneKind } from './laneNetwork';
import { readLabLink, writeLabLink } from './link';
import { experimentSchema } from './schema';
import { checkedDepth, PRESETS, PRESET_NAMES } from './presets';

/** Presets whose networks have the depths of VGG. */
const OF_VGG: readonly string[] = ['rescue-pretraining'];

describe('presets', () => {
	it.each(PRESET_NAMES)('%s is a valid experiment at every depth offered', (name) => {
		for (const depth of [8, 20, 32, 56, 110]) {
			const experiment = PRESETS[name](depth);
			expect(v.parse(experimentSchema, experiment)).toEqual(experiment);
			expect(experiment.preset).toBe(name);
			if (!OF_VGG.includes(name)) expect(experimentDepth(experiment)).toBe(depth);
		}
	});

	it.each(PRESET_NAMES)(
		'%s becomes the preset of another depth when its depth is changed',
		(name) => {
			const usual = PRESETS[name](checkedDepth(name));
			for (const depth of [8, 14, 56, 110]) {
				const changed = withDepth(usual, depth);
				expect(changed).toEqual(PRESETS[name](depth));
				const link = String(writeLabLink(changed));
				expect(readLabLink(`?${link}`).experiment).toEqual(changed);
				if (!OF_VGG.includes(name)) expect(link).toBe(`preset=${name}&depth=${depth}&seed=1`);
			}
		}
	);

	it('shows the degradation with the settings at which it was measured', () => {
		const { lanes, recipe, data } = PRESETS.degradation(56);
		expect(recipe).toEqual({
			batch: 64,
			learningRate: 0.03,
			momentum: 0.9,
			weightDecay: 1e-4
		});
		expect(data).toEqual({ set: 'fashion-mnist', halve: true, augment: false });
		expect(lanes.map((lane) => laneNetwork(lane, [16, 16, 1]).name)).toEqual([
			'cifar-plain-56',
			'cifar-resnet-56'
		]);
		expect(lanes.every((lane) => lane.network.width === 8 && lane.network.norm === 'batch')).toBe(
			true
		);
	});
});

describe('the depth of an experiment', () => {
	const depths = ({ lanes }: Experiment) => lanes.map(({ network }) => depthOf(network));

	it('is that of its plain and residual networks: those of other families stay', () => {
		expect(depths(PRESETS.road(20))).toEqual([8, 11, 16, 20]);
		const shallow = withDepth(PRESETS.road(20), 8);
		expect(depths(shallow)).toEqual([8, 11, 16, 8]);
		expect(withDepth(shallow, 20)).toEqual(PRESETS.road(20));
	});

	it('is as near as each family can come to it', () => {
		expect(depths(PRESETS.successors(20))).toEqual([19, 19, 20, 20]);
		expect(depths(withDepth(PRESETS.successors(20), 56))).toEqual([55, 55, 56, 56]);
		expect(depths(withDepth(PRESETS.successors(110), 8))).toEqual([7, 7, 8, 8]);
	});

	it('changes those that have it, not shallower ones', () => {
		expect(depths(withDepth(PRESETS.depths(56), 20))).toEqual([8, 20, 8, 20]);
	});

	it('stays where no network can have another', () => {
		const one = { ...PRESETS.road(20), lanes: [laneOf('googlenet-mini')] };
		expect(experimentDepth(one)).toBe(16);
		expect(withDepth(one, 56)).toEqual(one);
	});
});

describe('changing an experiment', () => {
	const base = PRESETS.degradation(20);
	const cut = changeLane(
		{ ...base, lanes: [base.lanes[0], { ...base.lanes[1], gates: Array(9).fill(0) }] },
		1,
		{}
	);

	it('keeps the gates while the blocks stay, drops them when they do not', () => {
		expect(changeLane(cut, 1, { activation: 'tanh' }).lanes[1].gates).toEqual(Array(9).fill(0));
		expect(changeLane(cut, 1, { depth: 32 }).lanes[1].gates).toBeNull();
		expect(changeLane(cut, 1, { shortcut: 'none' }).lanes[1].gates).toBeNull();
		expect(laneGates(changeLane(cut, 1, { depth: 32 }).lanes[1])).toEqual(Array(15).fill(1));
	});

	it('makes no plain network with an order, which only residual ones have', () => {
		const pre = { ...base, lanes: [lane({ depth: 8, shortcut: 'A', order: 'pre' })] };
		expect(pre.lanes[0].network).toMatchObject({ order: 'pre' });
		expect(changeLane(pre, 0, { width: 4 }).lanes[0].network).toMatchObject({ order: 'pre' });
		for (const changed of [changeLane(pre, 0, { shortcut: 'none' }), addLane(pre)]) {
			expect(v.parse(experimentSchema, changed)).toEqual(changed);
			for (const one of changed.lanes) laneNetwork(one, [16, 16, 1]);
		}
	});

	it('changes all lanes', () => {
		expect(changeLanes(base, { width: 4 }).lanes.map((l) => l.network.width)).toEqual([4, 4]);
	});

	it('adds the counterpart, up to four lanes, and never removes the last', () => {
		let grown = base;
		while (grown.lanes.length < MAX_LANES) grown = addLane(grown);
		expect(grown.lanes.map((l) => laneKind(l.network))).toEqual(['none', 'A', 'none', 'A']);
		expect(() => addLane(grown)).toThrow('4 lanes');
		const one = removeLane(base, 0);
		expect(one.lanes).toHaveLength(1);
		expect(removeLane(one, 0)).toBe(one);
	});
});

it('is read as earlier versions wrote it', () => {
	const today = changeLane(PRESETS.degradation(20), 0, { norm: 'none' });
	const earlier: unknown = JSON.parse(
		JSON.stringify(today)
			.replaceAll('"norm":"batch"', '"batchNorm":true')
			.replaceAll('"norm":"none"', '"batchNorm":false')
	);
	expect(earlier).not.toEqual(today);
	expect(v.parse(experimentSchema, earlier)).toEqual(today);
});

it('is read with values that the settings of an earlier version offered', () => {
	const base = PRESETS.degradation(20);
	const recipe = { ...base.recipe, learningRate: 10, momentum: 1, weightDecay: 1 };
	const earlier = { ...base, recipe };
	expect(v.parse(experimentSchema, earlier)).toEqual(earlier);
	expect(unusualValues(earlier)).toEqual(
		(['learningRate', 'momentum', 'weightDecay'] as const).map((key) => ({
			path: `recipe.${key}`,
			value: recipe[key],
			bounds: LIMITS[key]
		}))
	);
	for (const name of PRESET_NAMES) expect(unusualValues(PRESETS[name](110))).toEqual([]);
});

describe('what is refused', () => {
	const base = PRESETS.degradation(20);
	it.each([
		[
			'depth',
			{ ...base, lanes: [{ ...base.lanes[0], network: { ...base.lanes[0].network, depth: 21 } }] },
			/6n \+ 2.*21/
		],
		['gates', { ...base, lanes: [{ ...base.lanes[0], gates: [1] }] }, /one gate per block/],
		['no lanes', { ...base, lanes: [] }, /at least one lane/],
		['batch', { ...base, recipe: { ...base.recipe, batch: 0 } }, /at least 1.*0/],
		['version', { ...base, version: 2 }, /1/]
	])('%s', (_, experiment, message) => {
		const result = v.safeParse(experimentSchema, experiment);
		expect(result.success).toBe(false);
		expect(result.issues?.[0].message).toMatch(message);
	});
});
