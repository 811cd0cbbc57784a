/** Writes a data pack from single images; writes each shard as soon as it is full, to use little memory. */
import type { ImageShape } from '$lib/base/image';
import { gzipSync } from 'fflate';
import type { Manifest, ShardInfo, Split } from '../manifest';
import { packShard, shardName } from '../pack';

const PER_SHARD = 1000;
/** Number of images kept unpacked as a preview. */
export const SAMPLES = 12;

/** The manifest of a written pack, and some of its images. */
export interface WrittenPack {
	readonly manifest: Manifest;
	/** `[n, H, W, C]`, the first training images. */
	readonly samples: Uint8Array;
}

interface Open {
	readonly pixels: Uint8Array;
	readonly labels: Uint8Array;
	count: number;
}

export class PackWriter {
	readonly #put: (file: string, bytes: Uint8Array) => Promise<void>;
	#shape: ImageShape | null = null;
	#classes: readonly string[] = [];
	readonly #shards: Record<Split, ShardInfo[]> = { train: [], test: [] };
	readonly #open = new Map<Split, Open>();
	/** Sums over all training pixels, by channel. */
	#sums: { sum: number; squares: number }[] = [];
	#samples: Uint8Array[] = [];

	/** @param put stores a file of the pack */
	constructor(put: (file: string, bytes: Uint8Array) => Promise<void>) {
		this.#put = put;
	}

	/** Must be called once, before the first image. */
	begin(shape: ImageShape, classes: readonly string[]): void {
		this.#shape = shape;
		this.#classes = classes;
		this.#sums = Array.from({ length: shape[2] }, () => ({ sum: 0, squares: 0 }));
	}

	/** @param pixels `[H, W, C]` */
	async add(split: Split, pixels: Uint8Array, label: number): Promise<void> {
		let open = this.#open.get(split);
		if (!open) {
			open = {
				pixels: new Uint8Array(PER_SHARD * pixels.length),
				labels: new Uint8Array(PER_SHARD),
				count: 0
			};
			this.#open.set(split, open);
		}
		open.pixels.set(pixels, open.count * pixels.length);
		open.labels[open.count++] = label;
		if (split === 'train') {
			this.#measure(pixels);
			if (this.#samples.length < SAMPLES) this.#samples.push(pixels.slice());
		}
		if (open.count === PER_SHARD) await this.#flush(split);
	}

	#measure(pixels: Uint8Array): void {
		const sums = this.#sums;
		for (let i = 0; i < pixels.length;)
			for (let c = 0; c < sums.length; c++, i++) {
				sums[c].sum += pixels[i];
				sums[c].squares += pixels[i] * pixels[i];
			}
	}

	async #flush(split: Split): Promise<void> {
		const open = this.#open.get(split);
		if (!open || open.count === 0) return;
		const shards = this.#shards[split];
		const file = shardName(split, shards.length);
		const size = open.pixels.length / PER_SHARD;
		const pixels = open.pixels.subarray(0, open.count * size);
		const labels = open.labels.subarray(0, open.count);
		// Omits gzip's time stamp, so that the same images always give the same id.
		const { info, packed } = packShard(file, pixels, labels, (contents) =>
			gzipSync(contents, { level: 4, mtime: 0 })
		);
		await this.#put(file, packed);
		shards.push(info);
		open.count = 0;
	}

	/** Writes the rest and returns the pack's manifest. @throws RangeError if a split has no image */
	async finish(id: string, title: string, source: string): Promise<WrittenPack> {
		for (const split of ['train', 'test'] as const) await this.#flush(split);
		const { train, test } = this.#shards;
		if (!this.#shape || !train.length || !test.length)
			throw new RangeError(`${title}: no images in one of the splits`);
		const count = (shards: readonly ShardInfo[]) =>
			shards.reduce((sum, shard) => sum + shard.count, 0);
		const [height, width] = this.#shape;
		const pixels = count(train) * height * width;
		const mean = this.#sums.map(({ sum }) => sum / pixels / 255);
		const std = this.#sums.map(({ sum, squares }) =>
			// A constant channel has no deviation to divide by.
			Math.max(1e-3, Math.sqrt(Math.max(0, squares / pixels - (sum / pixels) ** 2)) / 255)
		);
		const samples = new Uint8Array(this.#samples.length * this.#samples[0].length);
		this.#samples.forEach((sample, i) => samples.set(sample, i * sample.length));
		return {
			samples,
			manifest: {
				version: 1,
				id,
				title,
				shape: this.#shape,
				classes: this.#classes,
				mean,
				std,
				source,
				licence: {
					name: 'as its source says',
					copyright: 'as its source says',
					file: 'LICENSE.txt'
				},
				splits: {
					train: { count: count(train), shards: train },
					test: { count: count(test), shards: test }
				}
			}
		};
	}
}
