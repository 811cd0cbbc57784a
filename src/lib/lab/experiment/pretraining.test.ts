import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { analyse, MINI_NAMES } from '$lib/network';
import {
	changeKind,
	changeLane,
	changePretraining,
	lane,
	laneNetwork,
	laneOf,
	type Experiment
} from './experiment';
import { readLabLink, writeLabLink } from './link';
import { depthsOf, pretrainingsOf } from './laneNetwork';
import { PRESETS } from './presets';
import { pretrainingStages, pretrainingSteps } from './pretraining';
import { experimentSchema } from './schema';

const INPUT = [16, 16, 1] as const;
const base = PRESETS.degradation(20);
const pretrained = changePretraining(base, 0, { kind: 'shallower', steps: 30 });
const parsed = (experiment: unknown) => v.safeParse(experimentSchema, experiment);

describe('pre-training', () => {
	it('is part of an experiment, and survives a link', () => {
		expect(pretrained.lanes[0].pretraining).toEqual({ kind: 'shallower', steps: 30 });
		expect(parsed(pretrained).output).toEqual(pretrained);
		const link = readLabLink(String(writeLabLink(pretrained)));
		expect(link.problems).toEqual([]);
		expect(link.experiment).toEqual(pretrained);
		expect(changePretraining(pretrained, 0, null)).toEqual(base);
	});

	it('is absent from experiments without it, as in earlier ones', () => {
		expect(JSON.stringify(base)).not.toContain('pretraining');
		expect(parsed(base).output).toEqual(base);
	});

	it.each([
		[{ kind: 'deeper', steps: 30 }, /shallower.*layerwise/],
		[{ kind: 'layerwise', steps: 0 }, /at least 1/],
		[{ kind: 'layerwise' }, /steps/]
	])('is refused if it is %j', (pretraining, message) => {
		const [first, ...others] = base.lanes;
		const { issues } = parsed({ ...base, lanes: [{ ...first, pretraining }, ...others] });
		expect(issues?.[0].message).toMatch(message);
	});

	it('from a shallower network is refused where there is none, and dropped by a change of the network', () => {
		const shallowest: Experiment = {
			...base,
			lanes: [{ ...lane({ depth: 8 }), pretraining: { kind: 'shallower', steps: 30 } }]
		};
		expect(parsed(shallowest).issues?.[0].message).toMatch(/'shallower'.*layerwise/);
		expect(changeLane(pretrained, 0, { depth: 56 }).lanes[0].pretraining).toBeDefined();
		expect(changeLane(pretrained, 0, { depth: 8 }).lanes[0]).not.toHaveProperty('pretraining');
		expect(changeKind(pretrained, 0, 'alexnet-mini').lanes[0]).not.toHaveProperty('pretraining');
	});

	it('says its steps: of the shallower network, or of every stage together', () => {
		expect(pretrainingSteps(base.lanes[0])).toBe(0);
		expect(pretrainingSteps(pretrained.lanes[0])).toBe(30);
		const layerwise = changePretraining(base, 0, { kind: 'layerwise', steps: 30 });
		expect(pretrainingSteps(layerwise.lanes[0])).toBe(30 * 19);
	});
});

describe('the stages of pre-training', () => {
	it('begin with the shallowest network, whose layers all go into the deeper one', () => {
		const deep = laneOf('vgg-mini', { depth: 19 });
		const [stage, ...others] = pretrainingStages(deep.network, { kind: 'shallower' }, INPUT);
		expect(others).toEqual([]);
		expect(stage.network.network).toEqual(laneNetwork(laneOf('vgg-mini', { depth: 8 }), INPUT));
		expect([...stage.common.keys()]).toEqual(stage.network.parameters.map(({ name }) => name));
		expect(stage.frozen.size).toBe(0);
	});

	it.each([...MINI_NAMES.map((name) => laneOf(name)), lane({ depth: 14, shortcut: 'B' })])(
		'freeze what an earlier one has trained, and pass on every layer: $network.family',
		({ network }) => {
			const stages = pretrainingStages(network, { kind: 'layerwise' }, INPUT);
			const trained = new Set<string>();
			for (const { network, common, frozen } of stages) {
				expect(frozen).toEqual(trained);
				const names = new Set(network.parameters.map(({ name }) => name));
				for (const name of common.keys()) expect(names.has(name), name).toBe(true);
				const fresh = [...common.values()].filter((name) => !trained.has(name));
				expect(fresh.length).toBeGreaterThan(0);
				for (const name of fresh) trained.add(name);
			}
			const whole = analyse(laneNetwork({ network, gates: null }, INPUT));
			expect(trained).toEqual(new Set(whole.parameters.map(({ name }) => name)));
		}
	);

	it('from a shallower network exist for every family with several depths', () => {
		for (const name of MINI_NAMES) {
			const { network } = laneOf(name);
			const deepest = depthsOf(name).at(-1);
			const lanes = deepest
				? changeLane({ ...base, lanes: [laneOf(name)] }, 0, { depth: deepest }).lanes
				: [];
			expect(pretrainingsOf(lanes[0]?.network ?? network)).toEqual(
				deepest ? ['shallower', 'layerwise'] : ['layerwise']
			);
		}
	});
});
