/**
 * The columns of layers, with depth as the x axis. All pictures of all networks on the page share them, so that layer 3
 * is at the same place everywhere. Pure arithmetic.
 */
import { maxIndex } from 'd3';
import type { AnalysedNetwork } from '$lib/network';

export interface Columns {
	readonly count: number;
	/** Left edge of the first column, in pixels; axis labels are to its left. */
	readonly left: number;
	/** Width of a column, in pixels. */
	readonly pitch: number;
	/** Width of the whole picture, in pixels; may exceed the available width. */
	readonly width: number;
}

/** Space in pixels for axis labels on the left, and for overhang to the right of the last column. */
const GUTTER = { left: 46, right: 10 };

/**
 * Fits `count` columns into `available` pixels.
 * @param narrowest the least width of a column, kept even if the picture then has to scroll
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

/** The column at a position in pixels, or null outside the columns. */
export function columnAt({ left, pitch, count }: Columns, x: number): number | null {
	const column = Math.floor((x - left) / pitch);
	return column >= 0 && column < count ? column : null;
}

/** Consecutive columns that belong to one stage. */
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
	for (const [column, { stage, outputShape }] of layers.entries()) {
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
