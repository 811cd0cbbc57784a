/** Places the feature maps of lanes in a module's memory. */
import type { Batch } from '$lib/base/image';
import { layOutImages } from '../plan/images';
import { mapNames, mapSize, padded, type MapShape } from '../plan/plan';
import type { WasmModule } from './module';

/** The memory layout of a map; distances are in bytes. */
export interface Geometry {
	readonly shape: MapShape;
	/** Number of channels, including padding. */
	readonly channels: number;
	readonly pixel: number;
	readonly row: number;
	readonly image: number;
}

/** The address and layout of a map. */
export interface Place extends Geometry {
	readonly start: number;
	/** Address of the first inner pixel of the first image. */
	readonly inner: number;
}

export function geometry(shape: MapShape): Geometry {
	const channels = padded(shape.channels);
	const pixel = channels * 4;
	const row = (shape.width + 2) * pixel;
	return { shape, channels, pixel, row, image: (shape.height + 2) * row };
}

/** The arguments of kernels that walk over a whole map. */
export function walk({ shape, channels, image, row }: Geometry) {
	return { channels, rows: shape.height, columns: shape.width, image, row };
}

/** The maps that lanes of one thread share, because they step one after another, and their batch. */
export class MapPool {
	readonly #module: WasmModule;
	/** Places of maps by the names of `mapNames`. */
	readonly #places = new Map<string, Place>();
	readonly labels: number;

	constructor(
		module: WasmModule,
		/** Largest number of images in a batch. */
		readonly images: number
	) {
		this.#module = module;
		this.labels = module.allocate(images * 4);
	}

	places(shapes: readonly MapShape[]): Place[] {
		return mapNames(shapes).map((name, i) => {
			const place = this.#places.get(name) ?? this.#place(shapes[i]);
			this.#places.set(name, place);
			return place;
		});
	}

	/** Lays a batch out in the input map of all lanes for images of its shape. */
	upload(batch: Batch): void {
		const [count, height, width, channels] = batch.shape;
		const shape = { height, width, channels };
		const [{ start }] = this.places([shape]);
		layOutImages(batch, this.#module.floats(start, count * mapSize(shape)));
		this.#module.integers(this.labels, count).set(batch.labels);
	}

	#place(shape: MapShape): Place {
		const how = geometry(shape);
		const start = this.#module.allocate(how.image * this.images);
		return { ...how, start, inner: start + how.row + how.pixel };
	}
}
