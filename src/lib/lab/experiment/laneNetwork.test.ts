import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { analyse, MINI_NAMES, type MiniName } from '$lib/network';
import {
	changeData,
	changeKind,
	changeLanes,
	changeNetwork,
	laneGates,
	laneNetwork,
	laneOf,
	type Experiment
} from './experiment';
import {
	depthOf,
	depthsOf,
	isCifar,
	laneKind,
	optionOf,
	ownSpellings,
	withOption,
	type MiniLane
} from './laneNetwork';
import { readLabLink, writeLabLink } from './link';
import { stepWork } from './pace';
import { PRESETS } from './presets';
import { experimentSchema } from './schema';

const base = PRESETS.degradation(20);
const INPUT = [16, 16, 1] as const;
const mini = (kind: MiniName): Experiment => ({ ...base, lanes: [laneOf(kind)] });
const only = ({ lanes: [{ network }] }: Experiment) => network;

describe.each(MINI_NAMES)('%s in the lab', (kind) => {
	it('is described at the size used in class, and survives a link', () => {
		const experiment = mini(kind);
		const network = laneNetwork(experiment.lanes[0], INPUT);
		expect(network.input).toEqual(INPUT);
		expect(analyse(network).parameterCount).toBeLessThan(300_000);
		expect(v.parse(experimentSchema, experiment)).toEqual(experiment);
		const link = readLabLink(String(writeLabLink(experiment)));
		expect(link.problems).toEqual([]);
		expect(link.experiment).toEqual(experiment);
		expect(stepWork(experiment)).toBeGreaterThan(0);
	});

	it('has a gate for each block', () => {
		const [lane] = mini(kind).lanes;
		const { blocks } = analyse(laneNetwork(lane, INPUT));
		expect(laneGates(lane)).toHaveLength(blocks.length);
		const cut = { ...lane, gates: blocks.map(() => 0) };
		expect(v.safeParse(experimentSchema, { ...base, lanes: [cut] }).success).toBe(true);
		const more = { ...lane, gates: [...cut.gates, 0] };
		expect(v.safeParse(experimentSchema, { ...base, lanes: [more] }).success).toBe(false);
	});

	it('takes of a change what it has, and the nearest of its depths', () => {
		const changed = only(
			changeLanes(mini(kind), { depth: 33, shortcut: 'B', order: 'pre', activation: 'tanh' })
		);
		expect(changed).toMatchObject({ family: kind, activation: 'tanh' });
		expect(changed).not.toHaveProperty('shortcut');
		expect(changed).not.toHaveProperty('order');
		const depths = depthsOf(kind);
		if (depths.length)
			expect(Math.abs(depthOf(changed) - 33)).toBe(
				Math.min(...depths.map((d) => Math.abs(d - 33)))
			);
		expect(laneNetwork({ network: changed, gates: null }, INPUT).depth).toBe(depthOf(changed));
	});

	it('keeps width, activation and classes when it becomes another kind and back', () => {
		const start = changeData(changeLanes(mini(kind), { width: 4, activation: 'tanh' }), 'own', 3);
		const plain = changeKind(start, 0, 'none');
		expect(only(plain)).toMatchObject({
			shortcut: 'none',
			width: 4,
			activation: 'tanh',
			classes: 3
		});
		expect(v.parse(experimentSchema, plain)).toEqual(plain);
		const back = changeKind(plain, 0, kind);
		expect(laneKind(only(back))).toBe(kind);
		expect(only(back)).toMatchObject({ width: 4, activation: 'tanh', classes: 3 });
		expect(v.parse(experimentSchema, back)).toEqual(back);
	});

	it('has options of its own, each with its bounds', () => {
		const experiment = mini(kind);
		const network = only(experiment) as MiniLane;
		for (const [field, { expected, read }] of ownSpellings(kind)) {
			const value = 'names' in expected ? read(expected.names[0])! : expected.bounds[0];
			const changed = changeNetwork(experiment, 0, withOption(network, field, value));
			expect(optionOf(only(changed) as MiniLane, field)).toBe(value);
			expect(v.safeParse(experimentSchema, changed).success, field).toBe(true);
			const wrong = withOption(network, field, 'names' in expected ? 'none of them' : 1e6);
			const { success, issues } = v.safeParse(experimentSchema, {
				...experiment,
				lanes: [{ network: wrong, gates: null }]
			});
			expect(success, field).toBe(false);
			expect(v.getDotPath(issues![0])).toBe(`lanes.0.network.${field}`);
		}
	});
});

it('is of the CIFAR family where no family is named', () => {
	expect(isCifar(only(base))).toBe(true);
	const unknown = { ...base, lanes: [{ ...base.lanes[0], network: { family: 'lenet' } }] };
	expect(v.safeParse(experimentSchema, unknown).success).toBe(false);
});
