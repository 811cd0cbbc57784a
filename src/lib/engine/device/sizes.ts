/** The sizes that kernels are written for; `Map` is how a backend lays a map out. */
import {
	channelsTogether,
	type Combine,
	type Head,
	type MapShape,
	type Normalisation
} from '../plan/plan';

export interface CombineSizes<Map> {
	/** Of y too. */
	readonly z: Map;
	readonly activation: Combine['activation'];
	/** Normalised by statistics of what; null: with a bias. */
	readonly norm: Normalisation['over'] | null;
	/** Channels that share them. */
	readonly together: number;
	/** Sets of per-channel vectors: one, or one for each image that there is room for. */
	readonly sets: number;
	readonly shortcut: { readonly from: Map; readonly stride: number } | null;
	/** Of partial sums; with statistics of images a slice is an image. */
	readonly slices: number;
	/** Gradient norm and standard deviation of z are measured. */
	readonly block: boolean;
	/** Channels that are 0 everywhere are counted. */
	readonly dead: boolean;
}

/** @param slices of partial sums over a batch; @param probes see `LaneSetup.probes` */
export function combineSizes<Map extends MapShape>(
	{ activation, shortcut, norm, block, layer, ...op }: Combine,
	maps: readonly Map[],
	images: number,
	slices: (z: Map) => number,
	probes: boolean
): CombineSizes<Map> {
	const z = maps[op.z];
	const ofImages = norm?.over === 'image';
	return {
		z,
		activation,
		norm: norm && norm.over,
		together: channelsTogether(norm, z),
		sets: ofImages ? images : 1,
		shortcut: shortcut && { from: maps[shortcut.from], stride: shortcut.stride },
		slices: ofImages ? images : slices(z),
		block: probes && block !== null,
		dead: probes && layer !== null && activation === 'relu'
	};
}

export interface HeadSizes<Map> {
	readonly z: Map;
	readonly classes: number;
	/** Where the dense kernel `[inputs][classes]` and its bias begin among all parameters. */
	readonly kernel: number;
	readonly bias: number | null;
	/** Rate; 0: none. */
	readonly dropout: number;
}

export function headSizes<Map>(
	{ z, weights, bias, classes, dropout }: Head,
	maps: readonly Map[],
	places: readonly { readonly first: number }[]
): HeadSizes<Map> {
	return {
		z: maps[z],
		classes,
		kernel: places[weights].first,
		bias: bias === null ? null : places[bias].first,
		dropout
	};
}
