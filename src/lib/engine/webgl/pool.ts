/**
 * The textures that lanes share; see `DevicePool`. A program cannot write to a texture that it reads, so in-place
 * operations of the plan write to a spare texture, and the texture they read becomes the spare.
 */
import type { Batch } from '$lib/base/image';
import { DevicePool } from '../device/pool';
import { shapeKey, type MapShape } from '../plan/plan';
import { layOutImages, mapLayout, type MapLayout } from './layout';
import type { Texels, Texture, Textures } from './memory';

export class MapPool extends DevicePool<Texture, Texels> {
	readonly #textures: Textures;
	/** Labels, one texel per image. */
	readonly labels: Texture;

	constructor(
		textures: Textures,
		images: number,
		/** Number of images side by side. */
		readonly across: number
	) {
		super(textures, images);
		this.#textures = textures;
		this.labels = this.allocate(1, images);
	}

	layout(shape: MapShape): MapLayout {
		return mapLayout(shape, this.images, this.across);
	}

	/**
	 * Returns, for one lane, a function that swaps a texture for the spare one of the same shape. Every lane and every
	 * step starts with the same spare.
	 */
	exchange(): (shape: MapShape, texture: Texture) => Texture {
		const left = new Map<string, Texture>();
		return (shape, texture) => {
			const key = shapeKey(shape);
			const spare = left.get(key) ?? this.shared(`spare ${key}`, ...this.sizeOf(shape));
			left.set(key, texture);
			return spare;
		};
	}

	/** A texture for partial sums; all that are consumed at once share it. */
	parts(...size: Texels): Texture {
		return this.shared(`parts ${size.join('×')}`, ...size);
	}

	protected sizeOf(shape: MapShape): Texels {
		return this.layout(shape).texels;
	}

	protected numbersOf({ width, height, layers }: Texture): number {
		return width * height * layers * 4;
	}

	protected write(batch: Batch, map: Texture, staging: Float32Array): void {
		const [, height, width, channels] = batch.shape;
		// Places for images beyond the batch stay zeros.
		staging.fill(0);
		layOutImages(batch, this.layout({ height, width, channels }), staging);
		this.#textures.write(map, staging);
		const labels = new Float32Array(this.images * 4);
		batch.labels.forEach((label, n) => (labels[n * 4] = label));
		this.#textures.write(this.labels, labels);
	}
}
