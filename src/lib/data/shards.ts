/**
 * A data set whose shards stream in: each is fetched once, checked against its size and hash, and
 * unpacked. Training can start when the first one has arrived; shards that failed can be fetched again.
 */
import { hashOf } from '$lib/base/hashBytes';
import type { Manifest, ShardInfo, Split } from './manifest';

export type ShardErrorCode =
	/** It could not be fetched; `cause` says why. */
	| 'missing'
	/** Its size differs from the manifest. */
	| 'truncated'
	/** Its SHA-256 differs from the manifest. */
	| 'hash'
	/** Size and hash are right, but its contents do not fit the manifest. */
	| 'corrupt';

/** Thrown for a shard that cannot be used. `expected` and `got` help to find the cause. */
export class ShardError extends Error {
	override readonly name = 'ShardError';
	constructor(
		readonly code: ShardErrorCode,
		readonly file: string,
		readonly expected: string,
		readonly got: string,
		options?: ErrorOptions
	) {
		super(`${file}: ${code}: expected ${expected}, got ${got}; fetch it again`, options);
	}
}

/** One image in the format of the source. */
export interface LabelledImage {
	/** Pixels `[H, W, C]`, as a view that must not be changed. */
	readonly pixels: Uint8Array;
	readonly label: number;
}

export interface DataSet {
	readonly manifest: Manifest;
	/**
	 * Resolves when the first `count` images of a split have arrived.
	 * @throws ShardError if one of their shards fails; then call `retry` and `ready` again
	 * @throws RangeError if the split has fewer images
	 */
	ready(split: Split, count: number): Promise<void>;
	/** Fetches failed shards again; the others are not affected. */
	retry(): void;
	/**
	 * @throws RangeError if there is no such image
	 * @throws Error if it has not arrived; await `ready` first
	 */
	image(split: Split, index: number): LabelledImage;
}

export interface DataSetSource {
	/** Fetches a file of the pack by the name in its manifest. */
	readonly load: (file: string) => Promise<ArrayBuffer>;
	/** Called after each shard with the bytes received so far and in total. */
	readonly onProgress?: (bytes: number, total: number) => void;
}

interface Shard {
	readonly info: ShardInfo;
	/** Index of its first image in the split. */
	readonly start: number;
	/** `[pixels][labels]`; null until it has arrived. */
	contents: Uint8Array | null;
	/** Resolves when it has arrived; rejects with a `ShardError`. */
	arrived: Promise<void>;
	/** Whether it failed and has not been fetched again. */
	failed: boolean;
}

/** Starts fetching the shards of a pack, one after another. */
export function openDataSet(manifest: Manifest, { load, onProgress }: DataSetSource): DataSet {
	const { shape, classes } = manifest;
	const imageSize = shape[0] * shape[1] * shape[2];
	const shards = { train: shardsOf(manifest, 'train'), test: shardsOf(manifest, 'test') };
	const all = arrivalOrder(shards.train, shards.test);
	const bytesOf = (some: readonly Shard[]) => some.reduce((sum, { info }) => sum + info.bytes, 0);
	const total = bytesOf(all);
	/** Resolves when the last requested shard has arrived or failed. */
	let last = Promise.resolve();

	function fetchNext(shard: Shard): void {
		shard.failed = false;
		shard.arrived = last.then(async () => {
			shard.contents = await fetchShard(shard.info, load, imageSize, classes.length);
			onProgress?.(bytesOf(all.filter(({ contents }) => contents)), total);
		});
		last = shard.arrived.catch(() => {
			shard.failed = true;
		});
	}

	function checkCount(split: Split, count: number): void {
		const available = manifest.splits[split].count;
		if (!Number.isInteger(count) || count < 0 || count > available)
			throw new RangeError(`${count} ${split} images of ${manifest.id}: it has ${available}`);
	}

	all.forEach(fetchNext);
	return {
		manifest,
		async ready(split, count) {
			checkCount(split, count);
			const needed = shards[split].filter(({ start }) => start < count);
			await Promise.all(needed.map(({ arrived }) => arrived));
		},
		retry() {
			for (const shard of all) if (shard.failed) fetchNext(shard);
		},
		image(split, index) {
			const shard = shards[split].findLast(({ start }) => start <= index);
			if (!Number.isInteger(index) || !shard || index >= shard.start + shard.info.count)
				throw new RangeError(
					`${split} image ${index} of ${manifest.id}: it has ${manifest.splits[split].count}`
				);
			if (!shard.contents)
				throw new Error(
					`${split} image ${index} of ${manifest.id} has not arrived: await ready('${split}', ${index + 1})`
				);
			const i = index - shard.start;
			return {
				pixels: shard.contents.subarray(i * imageSize, (i + 1) * imageSize),
				label: shard.contents[shard.info.count * imageSize + i]
			};
		}
	};
}

function shardsOf(manifest: Manifest, split: Split): Shard[] {
	let start = 0;
	return manifest.splits[split].shards.map((info) => {
		const arrived = Promise.resolve();
		const shard = { info, start, contents: null, arrived, failed: false };
		start += info.count;
		return shard;
	});
}

/**
 * The order of fetching: training needs the first shard at once and the second soon, then the first evaluation needs
 * some test images; the rest can come later.
 */
function arrivalOrder(train: Shard[], test: Shard[]): Shard[] {
	return [...train.slice(0, 2), ...test.slice(0, 1), ...train.slice(2), ...test.slice(1)];
}

/** Fetches, checks and unpacks one shard. */
async function fetchShard(
	{ file, count, bytes, sha256 }: ShardInfo,
	load: (file: string) => Promise<ArrayBuffer>,
	imageSize: number,
	classes: number
): Promise<Uint8Array> {
	let packed: Uint8Array<ArrayBuffer>;
	try {
		packed = new Uint8Array(await load(file));
	} catch (cause) {
		throw new ShardError('missing', file, `${bytes} bytes`, messageOf(cause), { cause });
	}
	if (packed.length !== bytes)
		throw new ShardError('truncated', file, `${bytes} bytes`, `${packed.length} bytes`);
	const hash = hashOf(packed);
	if (hash !== sha256) throw new ShardError('hash', file, sha256, hash);

	let contents: Uint8Array;
	try {
		contents = await gunzip(packed);
	} catch (cause) {
		throw new ShardError('corrupt', file, 'gzip', messageOf(cause), { cause });
	}
	const size = count * (imageSize + 1);
	if (contents.length !== size)
		throw new ShardError(
			'corrupt',
			file,
			`${count} images in ${size} bytes`,
			`${contents.length} bytes`
		);
	const wrong = contents.subarray(count * imageSize).find((label) => label >= classes);
	if (wrong !== undefined)
		throw new ShardError('corrupt', file, `labels below ${classes}`, `label ${wrong}`);
	return contents;
}

async function gunzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
	const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
	return new Uint8Array(await new Response(stream).arrayBuffer());
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
