/**
 * The lab's layout of a network, above the pictures of its layers' numbers: one box of equal width for each weighted
 * layer, so that depth is the x axis, and shortcuts as arcs. x is in units of a column, y in pixels. Pure arithmetic.
 */
import { entry } from '$lib/base/entry';
import type { AnalysedNetwork } from '$lib/network';
import { columnStart, stageSpans, type Columns } from './columns';
import { kindOf, type Edge, type GraphLayout, type GroupBox, type OpBox } from './layout';
import type { Viewport } from './paint';

/** Width of a column in units of the layout. */
const COLUMN = 100;
const GAP = 13;
const TITLE = 15;
const ARC = 26;
const LAYER = 20;

/** Gives each layer a column, in the order of the network; the layers of parallel branches follow one another. */
export function layOutColumns(network: AnalysedNetwork): GraphLayout {
	const shortcuts = network.blocks.flatMap(({ index, id, shortcut }) => {
		const first = network.layers.findIndex(({ block }) => block === id);
		const last = network.layers.findLastIndex(({ block }) => block === id);
		return shortcut ? [{ index, columns: [first, last], shortcut }] : [];
	});
	const top = TITLE + (shortcuts.length ? ARC : 0);
	const middle = top + LAYER / 2;
	const height = top + LAYER + 3;
	const spans = stageSpans(network);
	const nodes = new Map(network.nodes.map((n) => [n.node.id, n]));
	const blockIndex = new Map(network.blocks.map(({ id, index }) => [id, index]));
	const ops = network.layers.map(({ id, stage, block }, column): OpBox => {
		const node = entry(nodes, id);
		return {
			level: 'op',
			key: `op:${id}`,
			id,
			kind: kindOf(node),
			node,
			block: block === undefined ? null : entry(blockIndex, block),
			stage: spans.findIndex((span) => span.stage === stage),
			x: column * COLUMN + GAP,
			y: top,
			width: COLUMN - 2 * GAP,
			height: LAYER
		};
	});
	const stages = spans.map(({ stage, first, last }, index): GroupBox => ({
		...network.network.groups[stage],
		level: 'stage',
		key: `stage:${stage}`,
		id: stage,
		first,
		nodes: network.nodes.filter(({ node }) => node.stage === stage),
		stage: index,
		block: null,
		x: first * COLUMN,
		y: 0,
		width: (last - first + 1) * COLUMN,
		height
	}));
	const spine = ops.slice(1).map((op, i): Edge => {
		const from = ops[i];
		return {
			from: from.id,
			to: op.id,
			points: [
				[from.x + from.width, middle],
				[op.x, middle]
			],
			curved: false,
			shortcut: null
		};
	});
	const arcs = shortcuts.map(({ index, columns: [first, last], shortcut }): Edge => {
		const [start, end] = [first * COLUMN, (last + 1) * COLUMN];
		return {
			from: shortcut.from,
			to: shortcut.to,
			points: [
				[start, middle],
				[start, TITLE + 4],
				[end, TITLE + 4],
				[end, middle]
			],
			curved: false,
			shortcut: index
		};
	});
	return {
		network,
		ops,
		blocks: [],
		stages,
		edges: [...spine, ...arcs],
		sums: shortcuts.map(({ columns: [, last] }) => [(last + 1) * COLUMN, middle]),
		x: 0,
		y: 0,
		width: network.layers.length * COLUMN,
		height
	};
}

/** The view that puts a column layout over the page's columns. */
export function viewOnColumns(columns: Columns): Viewport {
	return { k: columns.pitch / COLUMN, ky: 1, x: columnStart(columns, 0), y: 0 };
}

/** Left edge and width of a column, in units of the layout. */
export function columnBand(column: number): { x: number; width: number } {
	return { x: column * COLUMN, width: COLUMN };
}

/** The vertical range in which a shortcut's arc can be clicked, in pixels. */
export const ARC_BAND = { top: TITLE, height: ARC };
