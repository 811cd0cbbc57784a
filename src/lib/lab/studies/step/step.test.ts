import { describe, expect, it } from 'vitest';
import { analyse, networkOf, parseName } from '$lib/network';
import { noResults, resultsDisagree, resultsUpTo, withResult, writeResults } from '..';
import { stepNodes, stepStops, type StepSummary, type StepValues } from './record';

const network = analyse(networkOf(parseName('cifar-resnet-8')));
const norms = (count: number) => new Float32Array(count).fill(0.5);
const found: StepSummary = {
	...{ step: 4, lane: 0, image: 1, label: 2, loss: 2, after: NaN },
	outputs: norms(network.nodes.length),
	gradients: norms(network.nodes.length),
	weights: norms(network.layers.length),
	kernelGradients: norms(network.layers.length),
	updates: norms(network.layers.length),
	blocks: network.blocks.map(() => null)
};
const values = { batch: 8 } as StepValues;

describe('a run', () => {
	it('keeps one result of a lane at a step, and the values of its latest', () => {
		const first = withResult(noResults(), 'step', { ...found, values });
		const other = withResult(first, 'step', { ...found, lane: 1, values });
		const later = withResult(other, 'step', { ...found, step: 6, values });
		expect(later.step).toEqual([
			found,
			{ ...found, lane: 1, values },
			{ ...found, step: 6, values }
		]);
		expect(withResult(later, 'step', { ...found, step: 6 }).step).toHaveLength(3);
		expect(resultsUpTo(later, 5).step).toHaveLength(2);
	});

	it('writes norms without values, and refuses another number of them', () => {
		const written = JSON.parse(JSON.stringify(writeResults({ slowSteps: [{ ...found, values }] })));
		expect(written.slowSteps[0]).not.toHaveProperty('values');
		expect(written.slowSteps[0]).toMatchObject({ after: 'NaN', image: 1 });
		expect(written.slowSteps[0].outputs).toHaveLength(network.nodes.length);
		expect(resultsDisagree({ slowSteps: [found] }, [network])).toBeNull();
		expect(resultsDisagree({ slowSteps: [{ ...found, updates: norms(2) }] }, [network])).toEqual({
			path: 'slowSteps.0.updates',
			detail: 'expected 8 norms, received 2'
		});
	});
});

describe('the stops of a step', () => {
	it('lead through every node forward, the loss, every node back, and every kernel', () => {
		const stops = stepStops(network);
		const nodes = network.nodes.map(({ node }) => node.id);
		expect(stops).toHaveLength(2 * nodes.length + 1 + 8);
		expect(stops[0]).toEqual({ pass: 'forward', node: 'input' });
		expect(stops[nodes.length]).toEqual({ pass: 'loss', node: 'dense' });
		expect(stops[2 * nodes.length]).toEqual({ pass: 'backward', node: 'input' });
		expect(stops.at(-1)).toEqual({ pass: 'update', node: 'dense' });
	});

	it('leave out auxiliary heads that are not trained', () => {
		const whole = analyse(networkOf(parseName('googlenet')));
		expect(stepNodes(whole).length).toBeLessThan(whole.nodes.length);
	});
});
