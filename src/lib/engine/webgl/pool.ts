/**
 * What lanes need for batches of so many images. They step one after another: maps, partial sums and the batch are
 * shared. A program cannot write the texture that it reads, so what the plan does in place goes to a spare texture, and
 * the one that was read becomes the spare.
 */
import type { Batch } from '$lib/base/image';
import { mapNames, shapeKey, type MapShape } from '../plan/plan';
import { BatchTextures } from './batch';
import { mapLayout, type MapLayout } from './layout';
import type { Texture, Textures } from './memory';

export class MapPool {
	readonly #textures: Textures;
	readonly #own: Texture[] = [];
	readonly #maps = new Map<string, Texture>();
	readonly #spares = new Map<string, Texture>();
	readonly #parts = new Map<string, Texture>();
	readonly #batches = new Map<string, BatchTextures>();

	constructor(
		textures: Textures,
		/** Images that fit. */
		readonly images: number,
		/** Of them side by side. */
		readonly across: number
	) {
		this.#textures = textures;
	}

	/** Zeros, until the pool is disposed of. @throws MemoryError */
	allocate(width: number, height: number, layers = 1): Texture {
		const texture = this.#textures.allocate(width, height, layers);
		this.#own.push(texture);
		return texture;
	}

	layout(shape: MapShape): MapLayout {
		return mapLayout(shape, this.images, this.across);
	}

	/** Of one lane; maps of the same name are the same texture in all lanes. */
	maps(shapes: readonly MapShape[]): Texture[] {
		return mapNames(shapes).map((name, i) => {
			const map = this.#maps.get(name) ?? this.allocate(...this.layout(shapes[i]).texels);
			this.#maps.set(name, map);
			return map;
		});
	}

	/**
	 * For one lane: what takes the spare texture of a shape and leaves another in its place. Every lane and every step
	 * starts with the same spare, beside all maps.
	 */
	exchange(): (shape: MapShape, texture: Texture) => Texture {
		const left = new Map<string, Texture>();
		return (shape, texture) => {
			const { width, height, layers } = texture;
			const key = shapeKey(shape);
			const spare = left.get(key) ?? this.#spares.get(key) ?? this.allocate(width, height, layers);
			if (!left.has(key)) this.#spares.set(key, spare);
			left.set(key, texture);
			return spare;
		};
	}

	/** Room for partial sums, shared by all that are used up at once. */
	parts(width: number, height: number, layers: number): Texture {
		const key = `${width}×${height}×${layers}`;
		const parts = this.#parts.get(key) ?? this.allocate(width, height, layers);
		this.#parts.set(key, parts);
		return parts;
	}

	/** Where batches of images of a shape are uploaded to, the same for all lanes. */
	batch(shape: MapShape): BatchTextures {
		const key = shapeKey(shape);
		const layout = this.layout(shape);
		const batch =
			this.#batches.get(key) ??
			new BatchTextures(
				layout,
				this.#textures,
				this.allocate(...layout.texels),
				this.allocate(1, this.images)
			);
		this.#batches.set(key, batch);
		return batch;
	}

	upload(batch: Batch): void {
		const [, height, width, channels] = batch.shape;
		this.#batches.get(shapeKey({ height, width, channels }))?.upload(batch);
	}

	dispose(): void {
		for (const texture of this.#own) this.#textures.release(texture);
	}
}
