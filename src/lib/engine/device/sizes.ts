/** The sizes that shaders are generated for; the type parameter `Map` is a backend's layout of a map. */
import {
	channelsTogether,
	shiftOf,
	type Combine,
	type Head,
	type MapShape,
	type Normalisation
} from '../plan/plan';

export interface CombineSizes<Map> {
	/** Layout of z, and of y. */
	readonly z: Map;
	readonly activation: Combine['activation'];
	/** Whether each channel is shifted, by a normalisation or a bias; if not, y needs no vectors. */
	readonly affine: boolean;
	/** What the statistics are taken over; null if there is no normalisation. */
	readonly norm: Normalisation['over'] | null;
	/** Number of channels that share statistics. */
	readonly together: number;
	/** Number of sets of per-channel vectors: one in all, or one for each image. */
	readonly sets: number;
	readonly shortcut: { readonly from: Map; readonly stride: number } | null;
	/** Number of slices of partial sums; with statistics per image, a slice is an image. */
	readonly slices: number;
	/** Whether to measure gradient norm and standard deviation of z. */
	readonly block: boolean;
	/** Whether to count channels that are 0 everywhere. */
	readonly dead: boolean;
}

/** @param slices number of slices of partial sums over a batch @param probes see `LaneSetup.probes` */
export function combineSizes<Map extends MapShape>(
	op: Combine,
	maps: readonly Map[],
	images: number,
	slices: (z: Map) => number,
	probes: boolean
): CombineSizes<Map> {
	const { activation, shortcut, norm, block, layer } = op;
	const z = maps[op.z];
	const ofImages = norm?.over === 'image';
	return {
		z,
		activation,
		affine: shiftOf(op) !== null,
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
	/** Offset of the dense kernel `[inputs][classes]` among all parameters; `bias` is that of its bias. */
	readonly kernel: number;
	readonly bias: number | null;
	/** Dropout rate; 0 for no dropout. */
	readonly dropout: number;
	/** See `Head`. */
	readonly weight: number;
	readonly auxiliary: boolean;
}

export function headSizes<Map>(
	{ z, weights, bias, classes, dropout, weight, auxiliary }: Head,
	maps: readonly Map[],
	places: readonly { readonly first: number }[]
): HeadSizes<Map> {
	return {
		z: maps[z],
		classes,
		dropout,
		weight,
		auxiliary,
		kernel: places[weights].first,
		bias: bias === null ? null : places[bias].first
	};
}
