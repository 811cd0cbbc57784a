/**
 * Makes the shards of a data pack from images in memory; the reverse of `shards.ts`. The caller passes the compressor:
 * scripts want the smallest files, tests the quickest.
 */
import { hashOf } from '$lib/base/hashBytes';
import type { ShardInfo, Split, SplitInfo } from './manifest';

/** Images and labels in memory. */
export interface LabelledImages {
	/** `[N, H, W, C]`. */
	readonly pixels: Uint8Array;
	/** `[N]`, class indices. */
	readonly labels: Uint8Array;
}

export interface PackedSplit {
	readonly info: SplitInfo;
	/** Contents of the shards by file name. */
	readonly files: ReadonlyMap<string, Uint8Array>;
}

/**
 * Divides a split into shards of `perShard` images; the last one has the rest.
 * @param gzip compresses the contents of a file, given its name
 */
export function packSplit(
	split: Split,
	{ pixels, labels }: LabelledImages,
	perShard: number,
	gzip: (contents: Uint8Array, file: string) => Uint8Array
): PackedSplit {
	const imageSize = pixels.length / labels.length;
	if (!Number.isInteger(imageSize) || imageSize < 1)
		throw new RangeError(`${split}: ${pixels.length} pixels cannot be ${labels.length} images`);
	const files = new Map<string, Uint8Array>();
	const shards: ShardInfo[] = [];
	for (let start = 0; start < labels.length; start += perShard) {
		const end = Math.min(start + perShard, labels.length);
		const file = shardName(split, shards.length);
		const own = pixels.subarray(start * imageSize, end * imageSize);
		const { info, packed } = packShard(file, own, labels.subarray(start, end), gzip);
		files.set(file, packed);
		shards.push(info);
	}
	return { info: { count: labels.length, shards }, files };
}

/** The file name of a shard. It does not end with `.gz`, because static servers would add Content-Encoding and send other bytes. */
export const shardName = (split: Split, index: number): string => `${split}-${index}.bin`;

/** Packs the given images into one shard. */
export function packShard(
	file: string,
	pixels: Uint8Array,
	labels: Uint8Array,
	gzip: (contents: Uint8Array, file: string) => Uint8Array
): { readonly info: ShardInfo; readonly packed: Uint8Array } {
	const contents = new Uint8Array(pixels.length + labels.length);
	contents.set(pixels);
	contents.set(labels, pixels.length);
	const packed = gzip(contents, file);
	const info = { file, count: labels.length, bytes: packed.length, sha256: hashOf(packed) };
	return { info, packed };
}
