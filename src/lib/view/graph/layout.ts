/**
 * Lays out every operation, block and stage of a network from left to right: chains on one line, shortcuts above them,
 * the branches of a module by dagre. All levels of zoom share one layout, so an opened box stays where it was. Pure and
 * deterministic.
 */
import { entry } from '$lib/base/entry';
import * as dagre from '@dagrejs/dagre';
import { group } from 'd3';
import type {
	AnalysedNetwork,
	AnalysedNode,
	Block,
	Group,
	NetworkNode,
	OpType
} from '$lib/network';

/** The kinds of operations as a reader sees them; a kind decides the colour. */
export const KINDS = [
	'input',
	'conv',
	'norm',
	'activation',
	'pool',
	'join',
	'dense',
	'drop'
] as const;
export type Kind = (typeof KINDS)[number];

export interface Rect {
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
}

/** The key of a stage, a block or an operation, which may share a name: `stage:stem`, `op:stem`. */
export type Key = `${'stage' | 'block' | 'op'}:${string}`;

export interface OpBox extends Rect {
	readonly level: 'op';
	readonly key: Key;
	readonly id: string;
	readonly kind: Kind;
	readonly node: AnalysedNode;
	/** Index in the layout's `blocks`, or null. */
	readonly block: number | null;
	readonly stage: number;
}

export interface GroupBox extends Rect, Group {
	readonly level: 'stage' | 'block';
	readonly key: Key;
	readonly id: string;
	/** Index of its first operation. */
	readonly first: number;
	/** Its operations in the network's order; those of an auxiliary head are only in its own block. */
	readonly nodes: readonly AnalysedNode[];
	readonly stage: number;
	/** The network's block, or null for a stage or an auxiliary head. */
	readonly block: Block | null;
}

/** An operation outside blocks with the normalisation and activation after it; closed, they are one box. */
export interface UnitBox extends Rect {
	readonly kind: Kind;
	readonly nodes: readonly AnalysedNode[];
}

export interface Edge {
	readonly from: string;
	readonly to: string;
	/** Corners of a line, or the ends of a curve. */
	readonly points: readonly (readonly [x: number, y: number])[];
	readonly curved: boolean;
	/** Index of the network's block whose shortcut it carries, else null. */
	readonly shortcut: number | null;
}

export interface GraphLayout extends Rect {
	readonly network: AnalysedNetwork;
	/** Sorted by their left edge. */
	readonly ops: readonly OpBox[];
	readonly blocks: readonly GroupBox[];
	/** Absent if layers are never closed. */
	readonly units?: readonly UnitBox[];
	readonly stages: readonly GroupBox[];
	readonly edges: readonly Edge[];
	/** Positions of sums without a box. */
	readonly sums?: readonly (readonly [x: number, y: number])[];
}

export const OP = { width: 96, height: 44 };
export const GAP = 38;
const ROW = 84;
/** Space above the operations of a block for its name, in units of the layout. */
export const GROUP_HEADER = 24;
/** Padding at the sides, below and above. */
interface Pad {
	readonly x: number;
	readonly y: number;
	readonly top: number;
}
/** Padding around the operations of a group. */
const PAD: Pad = { x: 16, y: 16, top: GROUP_HEADER };
const STAGE_PAD: Pad = { x: 12, y: 14, top: 34 };
/** Distance of auxiliary heads below the modules. */
const BELOW = 70;

const KIND_OF: { readonly [T in OpType]: Kind } = {
	input: 'input',
	conv: 'conv',
	batchNorm: 'norm',
	groupNorm: 'norm',
	lrn: 'norm',
	activation: 'activation',
	maxPool: 'pool',
	averagePool: 'pool',
	globalAveragePool: 'pool',
	subsample: 'pool',
	add: 'join',
	multiply: 'join',
	scale: 'norm',
	concat: 'join',
	flatten: 'join',
	dense: 'dense',
	dropout: 'drop'
};

export const kindOf = ({ node }: AnalysedNode): Kind => KIND_OF[node.type];

export function layOut(network: AnalysedNetwork): GraphLayout {
	return assemble(network, placeAll(network));
}

/** Places every operation; returns their rectangles by id. */
export function placeAll(network: AnalysedNetwork): ReadonlyMap<string, Rect> {
	const places = new Map<string, Rect>();
	const put = (id: string, centreX: number, centreY: number) =>
		places.set(id, {
			x: centreX - OP.width / 2,
			y: centreY - OP.height / 2,
			...OP
		});

	const main = network.nodes.filter(({ node }) => !node.auxiliary);
	let x = 0;
	let lowest = OP.height / 2;
	for (const segment of segmentsOf(main)) {
		if (segment.block === undefined) {
			put(segment.nodes[0].node.id, x + OP.width / 2, 0);
			x += OP.width + GAP;
			continue;
		}
		x += PAD.x;
		const { width, bottom } = isModule(segment.nodes)
			? placeModule(segment.nodes, x, put)
			: placeChain(segment.nodes, x, put);
		lowest = Math.max(lowest, bottom);
		x += width + PAD.x + GAP;
	}
	for (const segment of segmentsOf(network.nodes.filter(({ node }) => node.auxiliary))) {
		const source = entry(places, segment.nodes[0].node.inputs[0]);
		let from = source.x + source.width + GAP;
		for (const { node } of segment.nodes) {
			put(node.id, from + OP.width / 2, lowest + BELOW + OP.height / 2);
			from += OP.width + GAP;
		}
	}

	return places;
}

/** Height of a map in pixels that shows a network as a whole; parallel branches need more. */
export const mapHeight = ({ height }: GraphLayout, networks: number): number =>
	height > 450 ? 230 : Math.min(height, networks > 1 ? 150 : 190);

interface Segment {
	readonly block: string | undefined;
	readonly nodes: AnalysedNode[];
}

/** Groups consecutive nodes of one block; nodes outside blocks stay single. */
function segmentsOf(nodes: readonly AnalysedNode[]): Segment[] {
	const segments: Segment[] = [];
	for (const n of nodes) {
		const { block } = n.node;
		const last = segments.at(-1);
		if (block !== undefined && last?.block === block) last.nodes.push(n);
		else segments.push({ block, nodes: [n] });
	}
	return segments;
}

/** Whether parallel branches end in a concatenation; DenseNet's blocks concatenate their input, in one chain. */
export function isModule(nodes: readonly AnalysedNode[]): boolean {
	const own = new Set(nodes.map(({ node }) => node.id));
	return nodes.some(
		({ node }) => node.type === 'concat' && node.inputs.every((input) => own.has(input))
	);
}

/** Whether a node is on a shortcut's own path. */
const onShortcut = ({ role }: NetworkNode) => role === 'shortcut';

/** The shortcut's own operations are in a row above the branch, those that compute factors in one below it. */
const rowOf = ({ role }: NetworkNode) => (role === 'shortcut' ? -ROW : role === 'factor' ? ROW : 0);

type Put = (id: string, centreX: number, centreY: number) => void;

/** The residual branch on the line, other paths in rows of their own; each operation is to the right of its inputs. */
function placeChain(nodes: readonly AnalysedNode[], left: number, put: Put) {
	/** The right edges of operations, with the gap after them. */
	const ends = new Map<string, number>();
	/** The first free place of each row. */
	const free = new Map<number, number>();
	let bottom = 0;
	for (const { node } of nodes) {
		const row = rowOf(node);
		const inputs = node.inputs.map((input) => ends.get(input) ?? left);
		const own = onShortcut(node) ? left + GAP / 2 : left;
		const x = Math.max(own, free.get(row) ?? left, ...inputs);
		put(node.id, x + OP.width / 2, row);
		free.set(row, x + OP.width + GAP);
		ends.set(node.id, x + OP.width + GAP);
		bottom = Math.max(bottom, row);
	}
	return { width: Math.max(...free.values()) - GAP - left, bottom: bottom + OP.height / 2 };
}

/** Parallel branches laid out by dagre, with the module's centre on the line. */
function placeModule(nodes: readonly AnalysedNode[], left: number, put: Put) {
	const graph = new dagre.graphlib.Graph();
	graph.setGraph({ rankdir: 'LR', nodesep: ROW - OP.height, ranksep: GAP, marginx: 0, marginy: 0 });
	graph.setDefaultEdgeLabel(() => ({}));
	const own = new Set(nodes.map(({ node }) => node.id));
	for (const { node } of nodes) graph.setNode(node.id, { ...OP });
	// Inputs from outside enter through one point, so that branches start at the same rank.
	const entry = ' entry';
	graph.setNode(entry, { width: 0, height: 0 });
	for (const { node } of nodes)
		for (const input of node.inputs) graph.setEdge(own.has(input) ? input : entry, node.id);
	dagre.layout(graph);
	const placed = nodes.map(({ node }) => ({ id: node.id, ...graph.node(node.id) }));
	const top = Math.min(...placed.map(({ y }) => y));
	const bottom = Math.max(...placed.map(({ y }) => y));
	const first = Math.min(...placed.map(({ x }) => x)) - OP.width / 2;
	const last = Math.max(...placed.map(({ x }) => x)) + OP.width / 2;
	const middle = (top + bottom) / 2;
	for (const { id, x, y } of placed) put(id, left + x - first, y - middle);
	return { width: last - first, bottom: bottom - middle + OP.height / 2 };
}

/** Builds the layout from the places of the operations. */
export function assemble(network: AnalysedNetwork, places: ReadonlyMap<string, Rect>): GraphLayout {
	const blockIndex = new Map(network.blocks.map((block) => [block.id, block]));
	const nodes = new Map(network.nodes.map(({ node }) => [node.id, node]));
	const stageNames = [...new Set(network.nodes.map(({ node }) => node.stage))];
	const groupIds = [
		...new Set(network.nodes.flatMap(({ node }) => (node.block === undefined ? [] : [node.block])))
	];
	const indexOfGroup = new Map(groupIds.map((id, i) => [id, i]));
	const nodesOf = {
		block: group(network.nodes, ({ node }) => node.block),
		stage: group(
			network.nodes.filter(({ node }) => !node.auxiliary),
			({ node }) => node.stage
		)
	};
	const ops = network.nodes
		.map((n): OpBox => ({
			...entry(places, n.node.id),
			level: 'op',
			key: `op:${n.node.id}`,
			id: n.node.id,
			kind: kindOf(n),
			node: n,
			block: n.node.block === undefined ? null : entry(indexOfGroup, n.node.block),
			stage: stageNames.indexOf(n.node.stage)
		}))
		.sort((a, b) => a.x - b.x || a.y - b.y);

	const box = (
		level: 'stage' | 'block',
		id: string,
		/** Indices of its operations. */
		members: readonly number[],
		rects: readonly Rect[],
		pad: Pad
	): GroupBox => ({
		...network.network.groups[id],
		level,
		key: `${level}:${id}`,
		id,
		...around([...members.map((i) => ops[i]), ...rects], pad),
		first: members[0],
		nodes: entry(nodesOf[level], id),
		stage: ops[members[0]].stage,
		block: level === 'block' ? (blockIndex.get(id) ?? null) : null
	});
	const isAuxiliary = (op: OpBox) => op.node.node.auxiliary === true;
	const byBlock = group(ops.keys(), (i) => ops[i].block);
	const blocks = groupIds.map((id, b) => {
		const members = entry(byBlock, b);
		// Space for the arc of an identity shortcut above the branch.
		const arc = { x: ops[members[0]].x, y: -ROW - 6, width: 0, height: 0 };
		const carries = members.some((i) =>
			ops[i].node.node.inputs.some((_, input) => goesOver(ops[i].node.node, input, nodes))
		);
		return box('block', id, members, carries ? [arc] : [], PAD);
	});
	const byStage = group(ops.keys(), (i) => (isAuxiliary(ops[i]) ? null : ops[i].stage));
	const stages = stageNames.map((id, s) => {
		const inner = blocks.filter(({ stage, first }) => stage === s && !isAuxiliary(ops[first]));
		return box('stage', id, entry(byStage, s), inner, STAGE_PAD);
	});
	// Stages have one height: they are bands behind the network.
	const { y, height } = around(stages, { x: 0, y: 0, top: 0 });
	return {
		network,
		ops,
		blocks,
		units: unitsOf(network, places),
		stages: stages.map((stage) => ({ ...stage, y, height })),
		edges: edgesOf(network, places),
		...around([...stages, ...blocks], { x: 20, y: 12, top: 12 })
	};
}

/** Kinds that begin their own box while layers are closed; the others join the box before them. */
const OPENS: ReadonlySet<Kind> = new Set(['input', 'conv', 'dense', 'pool', 'drop']);

function unitsOf({ nodes }: AnalysedNetwork, places: ReadonlyMap<string, Rect>): UnitBox[] {
	const units: AnalysedNode[][] = [];
	let before: NetworkNode | null = null;
	for (const n of nodes) {
		if (n.node.block === undefined) {
			const joins =
				before?.block === undefined && before?.stage === n.node.stage && !OPENS.has(kindOf(n));
			if (joins) units[units.length - 1].push(n);
			else units.push([n]);
		}
		before = n.node;
	}
	return units.map((members) => ({
		...around(
			members.map(({ node }) => entry(places, node.id)),
			{ x: 0, y: 0, top: 0 }
		),
		kind: kindOf(members[0]),
		nodes: members
	}));
}

function around(rects: readonly Rect[], { x: padX, y: padY, top }: Pad): Rect {
	const x = Math.min(...rects.map((r) => r.x)) - padX;
	const y = Math.min(...rects.map((r) => r.y)) - top;
	return {
		x,
		y,
		width: Math.max(...rects.map((r) => r.x + r.width)) + padX - x,
		height: Math.max(...rects.map((r) => r.y + r.height)) + padY - y
	};
}

/** Whether an input arrives over the branch: a shortcut at its sum, or a block's input where DenseNet concatenates it. */
const goesOver = (node: NetworkNode, input: number, nodes: ReadonlyMap<string, NetworkNode>) =>
	node.role === 'sum'
		? input === 1
		: node.type === 'concat' && entry(nodes, node.inputs[input]).block !== node.block;

function edgesOf(network: AnalysedNetwork, places: ReadonlyMap<string, Rect>): Edge[] {
	const blocks = new Map<string | undefined, number>(
		network.blocks.map(({ id, index }) => [id, index])
	);
	const nodes = new Map(network.nodes.map(({ node }) => [node.id, node]));
	return network.nodes.flatMap(({ node }) =>
		// Every node has a place, and inputs are nodes.
		node.inputs.map((from, i): Edge => {
			const a = entry(places, from);
			const b = entry(places, node.id);
			const start = [a.x + a.width, a.y + a.height / 2] as const;
			const end = [b.x, b.y + b.height / 2] as const;
			const edge = (points: Edge['points'], ofShortcut = false) => ({
				from,
				to: node.id,
				points,
				curved: points.length === 2 && start[1] !== end[1],
				shortcut: ofShortcut ? (blocks.get(node.block) ?? null) : null
			});
			const turn = start[0] + GAP / 3;
			const detour = [start, [turn, start[1]], [turn, end[1]], end] as const;
			const own = onShortcut(entry(nodes, from));
			if (goesOver(node, i, nodes)) {
				// Above the branch, and down into the sum.
				const down = b.x + b.width / 2;
				const over = own ? start[1] : -ROW;
				const rise = own
					? []
					: ([
							[turn, start[1]],
							[turn, over]
						] as const);
				return edge([start, ...rise, [down, over], [down, b.y]], node.role === 'sum');
			}
			if (onShortcut(node)) return edge(own || i > 0 ? [start, end] : detour, i === 0);
			const below = node.auxiliary === true || node.role === 'factor';
			return edge(below && a.y !== b.y ? detour : [start, end]);
		})
	);
}
