/**
 * Aligns networks one above the other: by the resolution of their maps, as in Fig. 3 of He et al. 2015, or by the
 * number of their layers. A network with fewer layers is drawn wider. Pure arithmetic.
 */
import { maxIndex } from 'd3';
import { entry } from '$lib/base/entry';
import type { AnalysedNetwork, AnalysedNode } from '$lib/network';
import { assemble, GAP, OP, placeAll, type GraphLayout, type Rect } from './layout';

/** `resolution`: by how often a map has been halved since the image; `layer`: by the number of the layer. */
export const ALIGNMENTS = ['resolution', 'layer', 'free'] as const;
export type Alignment = (typeof ALIGNMENTS)[number];

/** Layouts of equal width, aligned; `free` leaves each unchanged. */
export function layOutAligned(
	networks: readonly AnalysedNetwork[],
	by: Exclude<Alignment, 'free'>
): GraphLayout[] {
	const placed = networks.map((network) => place(network, by));
	const count = Math.max(...placed.map(({ starts }) => starts.length));
	// A band is as wide as its widest network; aligned by resolution, every network fills it.
	const starts = [0];
	for (let band = 0; band < count; band++)
		starts.push(starts[band] + Math.max(...placed.map((own) => widthOf(own, band))));
	const layouts = placed.map((own) => {
		const moved = new Map<string, Rect>();
		for (const [id, rect] of own.places) {
			const band = entry(own.bands, id);
			// Aligned by layer, the branches of a module reach into other bands.
			const stretch = by === 'layer' ? 1 : (starts[band + 1] - starts[band]) / widthOf(own, band);
			const x = starts[band] + (rect.x - startOf(own, band)) * stretch;
			moved.set(id, { ...rect, x, width: rect.width * stretch });
		}
		return assemble(own.network, moved);
	});
	const left = Math.min(...layouts.map(({ x }) => x));
	const right = Math.max(...layouts.map(({ x, width }) => x + width));
	return layouts.map((layout) => ({ ...layout, x: left, width: right - left }));
}

interface Placed {
	readonly network: AnalysedNetwork;
	readonly places: ReadonlyMap<string, Rect>;
	/** The band of each node; an auxiliary head is in the band where it branches off. */
	readonly bands: ReadonlyMap<string, number>;
	/** Left edge of each band: of its nodes, or else of later ones. */
	readonly starts: readonly number[];
	readonly end: number;
}

const startOf = ({ starts, end }: Placed, band: number) => starts[band] ?? end;
const widthOf = (own: Placed, band: number) => startOf(own, band + 1) - startOf(own, band);

function place(network: AnalysedNetwork, by: Exclude<Alignment, 'free'>): Placed {
	const places = placeAll(network);
	const bandOf = by === 'layer' ? layerBands(network) : resolutionBand(network);
	const bands = new Map<string, number>();
	for (const n of network.nodes) {
		const { id, inputs, auxiliary } = n.node;
		const before = inputs.map((input) => entry(bands, input));
		// Never before its inputs; a node without its own layer stays with them.
		bands.set(id, auxiliary ? before[0] : Math.max(bandOf(n), ...before));
	}
	const main = network.nodes.filter(({ node }) => !node.auxiliary);
	const starts: number[] = [];
	let left = Infinity;
	for (let band = Math.max(...bands.values()); band >= 0; band--) {
		for (const { node } of main)
			if (bands.get(node.id) === band) left = Math.min(left, entry(places, node.id).x);
		starts[band] = left;
	}
	const last = main[maxIndex(main, ({ node }) => entry(places, node.id).x)];
	return { network, places, bands, starts, end: entry(places, last.node.id).x + OP.width + GAP };
}

/** The band of nodes without a height, after all maps. */
const HEAD = 6;

/** Halvings since the image, to the nearest whole number: AlexNet's 55×55 counts as a quarter of 224. */
function resolutionBand({ network, nodes }: AnalysedNetwork): (n: AnalysedNode) => number {
	const [whole] = network.input;
	const own = ({ outputShape: [height, width] }: AnalysedNode) =>
		width === undefined || height === 1
			? HEAD
			: Math.min(HEAD - 1, Math.round(Math.log2(whole / height)));
	// A whole block is in the band of its output; with pre-activation, it begins at the previous resolution.
	const ofBlock = new Map(nodes.map((n) => [n.node.block, own(n)]));
	return (n) => (n.node.block === undefined ? own(n) : entry(ofBlock, n.node.block));
}

function layerBands({ layers }: AnalysedNetwork): (n: AnalysedNode) => number {
	const columns = new Map(layers.flatMap(({ nodes, column }) => nodes.map((id) => [id, column])));
	return ({ node }) => columns.get(node.id) ?? 0;
}
