import { describe, expect, it } from 'vitest';
import { analyse, CIFAR_DEFAULTS, cifarNetwork, networkOf, parseName } from '$lib/network';
import { layOutColumns } from './columnLayout';
import { columnAt, columnCentre, columnStart, deepest, fitColumns, stageSpans } from './columns';

const network = (depth: number) => analyse(cifarNetwork({ ...CIFAR_DEFAULTS, depth }));

describe('columns', () => {
	it('fill the width that there is', () => {
		const columns = fitColumns(56, 1280, 9);
		expect(columns.width).toBe(1280);
		expect(columnStart(columns, 56)).toBeCloseTo(1270);
	});

	it('never get narrower than can be hit: the picture gets wider instead', () => {
		const columns = fitColumns(110, 390, 12);
		expect(columns.pitch).toBe(12);
		expect(columns.width).toBe(columnStart(columns, 110) + 10);
	});

	it('are found again by their place', () => {
		const columns = fitColumns(20, 1000, 9);
		for (const column of [0, 7, 19])
			expect(columnAt(columns, columnCentre(columns, column))).toBe(column);
		expect(columnAt(columns, 2)).toBeNull();
		expect(columnAt(columns, 1999)).toBeNull();
	});
});

describe('stages', () => {
	it('follow one another without a gap', () => {
		const spans = stageSpans(network(20));
		expect(spans.map(({ stage, first, last }) => [stage, first, last])).toEqual([
			['stem', 0, 0],
			['stage1', 1, 6],
			['stage2', 7, 12],
			['stage3', 13, 18],
			['head', 19, 19]
		]);
		expect(spans[2].shape).toEqual([16, 16, 32]);
	});

	it('of the deepest network decide the columns', () => {
		expect(deepest([network(8), network(32), network(20)])!.network.depth).toBe(32);
		expect(deepest([])).toBeUndefined();
	});
});

it('layers of parallel branches follow one another, each in a column of its own', () => {
	const googLeNet = analyse(networkOf(parseName('googlenet-mini')));
	const { ops, stages, width } = layOutColumns(googLeNet);
	const places = ops.map(({ x }) => x);
	expect(new Set(places).size).toBe(googLeNet.layers.length);
	expect(places).toEqual(places.toSorted((a, b) => a - b));
	expect(stages.reduce((sum, stage) => sum + stage.width, 0)).toBe(width);
});
