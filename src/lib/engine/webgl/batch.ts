/** A step's batch on the device: uploaded once, read by all lanes. */
import type { Batch } from '$lib/base/image';
import type { MapLayout } from './layout';
import type { Texture, Textures } from './memory';

export class BatchTextures {
	readonly #layout: MapLayout;
	readonly #textures: Textures;
	readonly #staging: Float32Array;
	/** A map. */
	readonly images: Texture;
	/** One texel an image. */
	readonly labels: Texture;

	constructor(layout: MapLayout, textures: Textures, images: Texture, labels: Texture) {
		this.#layout = layout;
		this.#textures = textures;
		this.#staging = new Float32Array(images.width * images.height * images.layers * 4);
		this.images = images;
		this.labels = labels;
	}

	upload(batch: Batch): void {
		this.#staging.fill(0);
		layOutImages(batch, this.#layout, this.#staging);
		this.#textures.write(this.images, this.#staging);
		const labels = new Float32Array(this.labels.height * 4);
		batch.labels.forEach((label, n) => (labels[n * 4] = label));
		this.#textures.write(this.labels, labels);
	}
}

/** Writes images `[N, H, W, C]` into a map of zeros. */
function layOutImages({ images, shape }: Batch, map: MapLayout, to: Float32Array): void {
	const [count, height, width, channels] = shape;
	const [across, texelRows] = map.texels;
	let from = 0;
	for (let n = 0; n < count; n++) {
		const ny = Math.floor(n / map.across);
		const nx = n % map.across;
		for (let y = 0; y < height; y++)
			for (let x = 0; x < width; x++)
				for (let c = 0; c < channels; c++) {
					const row = ((c >> 2) * map.down + ny) * (height + 2) + y + 1;
					const column = nx * map.tiles + Math.floor(x / map.columns);
					const layer = x % map.columns;
					to[((layer * texelRows + row) * across + column) * 4 + (c & 3)] = images[from++];
				}
	}
}
