import { depthOf } from './laneNetwork';
import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { analyse } from '$lib/network';
import { laneNetwork } from './experiment';
import { experimentSchema } from './schema';
import { PAPER_DEPTHS, PAPER_SET, paperExperiment, paperName, type PaperKind } from './paper';
import { learningRateAt } from './schedule';

describe.each(
	Object.entries(PAPER_DEPTHS).flatMap(([kind, depths]) =>
		depths.map((depth) => [paperName(kind as PaperKind, depth), depth] as const)
	)
)('%s', (name, depth) => {
	const experiment = paperExperiment(name)!;

	it('is a valid experiment of that depth', () => {
		expect(v.parse(experimentSchema, experiment)).toEqual(experiment);
		expect(experiment.lanes.map(({ network }) => depthOf(network))).toEqual([depth]);
	});

	it('falls to a tenth after 32,000 iterations and to a hundredth after 48,000', () => {
		const rate = (step: number) => learningRateAt(experiment.recipe, 0.1, step);
		expect(rate(1000)).toBe(0.1);
		expect(rate(32_001)).toBeCloseTo(0.01);
		expect(rate(48_001)).toBeCloseTo(0.001);
	});
});

it.each([
	['paper-resnet-20', 0.27],
	['paper-resnet-32', 0.46],
	['paper-resnet-44', 0.66],
	['paper-resnet-56', 0.85],
	['paper-resnet-110', 1.7],
	['paper-resnet-1202', 19.4]
])('%s has the parameters of Table 6: %d million', (name, millions) => {
	const [lane] = paperExperiment(name)!.lanes;
	const { parameterCount } = analyse(laneNetwork(lane, PAPER_SET.input));
	expect(parameterCount / 1e6).toBeCloseTo(millions, millions > 1 ? 1 : 2);
});

it('other names are none', () => {
	for (const name of ['paper-resnet-21', 'paper-plain-110', 'degradation'])
		expect(paperExperiment(name)).toBeNull();
});
