import { describe, expect, it } from 'vitest';
import { createEngine, openBackend } from '$lib/engine';
import { analyse, CIFAR_DEFAULTS, cifarNetwork } from '$lib/network';
import type { RunAtRest } from '../measurement';
import { measureConfusion } from './measure';
import { cellsOf, confusion, MOST_EXAMPLES, type ConfusionMatrix } from './record';

const inOrder = (cells: ReturnType<typeof cellsOf>) =>
	cells.toSorted((a, b) => a.label - b.label || a.predicted - b.predicted);

describe('cells of a confusion matrix', () => {
	it('count answers by class, the surest images first', () => {
		const logits = Float32Array.from([
			...[2, 0], // 0 right
			...[5, 0], // 0 right, surer
			...[0, 1], // 0 taken for 1
			...[0, 3] // 1 right
		]);
		const cells = inOrder(cellsOf(logits, Int32Array.of(0, 0, 0, 1)));
		expect(
			cells.map(({ label, predicted, count, examples }) => [
				...[label, predicted, count],
				examples.map(({ index }) => index)
			])
		).toEqual([
			[0, 0, 2, [1, 0]],
			[0, 1, 1, [2]],
			[1, 1, 1, [3]]
		]);
		expect(cells[1].examples[0].probability).toBeCloseTo(1 / (1 + Math.exp(-1)), 6);
	});

	it('leave out what is not finite, and keep few examples', () => {
		const many = Int32Array.from({ length: 30 }, () => 1);
		const logits = Float32Array.from({ length: 60 }, (_, i) => (i < 2 ? NaN : i % 2));
		const [cell, ...others] = cellsOf(logits, many);
		expect(others).toEqual([]);
		expect(cell.count).toBe(29);
		expect(cell.examples).toHaveLength(MOST_EXAMPLES);
	});
});

it('the answers of a network agree with its test error', async () => {
	const engine = await createEngine(await openBackend('cpu'), [
		{
			network: cifarNetwork({ ...CIFAR_DEFAULTS, depth: 8, width: 2, size: 8, channels: 1 }),
			seed: 1
		}
	]);
	const batch = (from: number) => ({
		images: Float32Array.from({ length: 20 * 64 }, (_, i) => Math.sin((from + i) ** 2 % 1021)),
		labels: Int32Array.from({ length: 20 }, (_, i) => i % 10),
		shape: [20, 8, 8, 1] as const
	});
	const batches = [batch(0), batch(5000)];
	const set = { manifest: { classes: Array<string>(10).fill('') } };
	const found: ConfusionMatrix[] = [];
	const run = {
		...{ step: 0, engine, set, active: [true], batch: 20, testBatches: async () => batches }
	} as unknown as RunAtRest;
	await measureConfusion.measure(run, null, {
		found: (matrix) => found.push(matrix),
		progress: () => {},
		signal: new AbortController().signal
	});
	const [{ cells, images }] = found;
	const right = cells.filter(({ label, predicted }) => label === predicted);
	const share = right.reduce((sum, { count }) => sum + count, 0) / images;
	expect(images).toBe(40);
	expect(1 - share).toBeCloseTo((await engine.evaluate(0, batches)).error, 6);
	engine.dispose();
});

it('a class that the networks do not have is refused in a record', () => {
	const network = analyse(
		cifarNetwork({ ...CIFAR_DEFAULTS, depth: 8, width: 2, size: 8, channels: 1 })
	);
	const cell = { label: 0, predicted: 10, count: 1, examples: [{ index: 0, probability: 1 }] };
	const matrix = { step: 1, lane: 0, images: 1, classes: 10, cells: [cell] };
	expect(confusion.recorded.check?.([matrix], [network])).toEqual({
		path: '0.cells.0',
		detail: 'expected classes from 0 to 9'
	});
});
