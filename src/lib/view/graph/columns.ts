/**
 * Depth is the x axis: where the column of each layer stands. One such layout serves every picture of
 * every network on the page, so that layer 3 is the same place in all of them. Pure arithmetic.
 */
import { maxIndex } from 'd3';
import type { AnalysedNetwork } from '$lib/network';

export interface Columns {
	readonly count: number;
	/** Left edge of the first column, in pixels; the labels of axes stand before it. */
	readonly left: number;
	/** Width of a column, in pixels. */
	readonly pitch: number;
	/** Of the whole picture, in pixels; may be more than was available. */
	readonly width: number;
}

/** Room for the labels of axes, and for what sticks out behind the last column. */
const GUTTER = { left: 46, right: 10 };

/**
 * Fits `count` columns into `available` pixels.
 * @param narrowest a column's width that is kept even if the picture then has to be scrolled
 */
export function fitColumns(count: number, available: number, narrowest: number): Columns {
	const room = available - GUTTER.left - GUTTER.right;
	const pitch = Math.max(narrowest, room / Math.max(1, count));
	return {
		count,
		left: GUTTER.left,
		pitch,
		width: Math.max(available, GUTTER.left + count * pitch + GUTTER.right)
	};
}

export function columnStart({ left, pitch }: Columns, column: number): number {
	return left + column * pitch;
}

export function columnCentre(columns: Columns, column: number): number {
	return columnStart(columns, column + 0.5);
}

/** The column at a place, or null beside them. */
export function columnAt({ left, pitch, count }: Columns, x: number): number | null {
	const column = Math.floor((x - left) / pitch);
	return column >= 0 && column < count ? column : null;
}

/** A run of columns that belong to one stage. */
export interface StageSpan {
	readonly stage: string;
	readonly first: number;
	readonly last: number;
	/** Output of its layers, `[H, W, C]`; `[units]` in the head. */
	readonly shape: readonly number[];
}

/** The stages of a network in order, each with its first and last column. */
export function stageSpans({ layers }: AnalysedNetwork): StageSpan[] {
	const spans: StageSpan[] = [];
	for (const { stage, column, outputShape } of layers) {
		const open = spans.at(-1);
		if (open?.stage === stage) spans[spans.length - 1] = { ...open, last: column };
		else spans.push({ stage, first: column, last: column, shape: outputShape });
	}
	return spans;
}

/** The deepest of several networks: the one whose layers decide how many columns there are. */
export function deepest(networks: readonly AnalysedNetwork[]): AnalysedNetwork | undefined {
	return networks[maxIndex(networks, ({ layers }) => layers.length)];
}
