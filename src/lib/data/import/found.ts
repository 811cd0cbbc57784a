/** What a reader of one kind of files found: images with labels, before anything is chosen. */
import type { LeftOut, Warning } from './problem';
import type { Raster, Turn } from './raster';
import type { Part } from './structure';
import type { PictureHead } from './decode';
import type { Entry } from './entries';

/** A file that was looked at. */
export interface Scanned extends Entry {
	/** SHA-256 of its bytes. */
	readonly hash: string;
	/** Of an IDX file: its first bytes. */
	readonly idx?: Uint8Array;
	/** Of a picture: what its header says, or what is wrong with it. */
	readonly head?: PictureHead | { readonly fault: string };
}

/** Another way to label the images, such as by another level of folders. */
export interface Labelling {
	/** Technical name, which stands in the set's id: `folders-1`, `fine`. */
	readonly name: string;
	/** Names of its classes, in the order of the labels. */
	readonly classes: readonly string[];
	/** The label of each image; -1 for none. */
	readonly labels: Int32Array;
}

export interface Found {
	/** Name for people. */
	readonly title: string;
	readonly source: string;
	/** The first is taken where nothing is chosen. */
	readonly labellings: readonly [Labelling, ...Labelling[]];
	/** The part that each image is said to be in; null where none is said. */
	readonly parts: readonly (Part | null)[];
	readonly images: ImageReader;
	/** What tells a picture from others, such as the hash of its file; null where files hold many. */
	readonly keys: readonly string[] | null;
	/** Values of black and white of pictures with more than 8 bits. */
	readonly range: Raster['range'];
	/** The files that the set is made of, each as a line with path and hash: its identity. */
	readonly identity: readonly string[];
	/** Range of sizes, in pixels, and whether all are grey. */
	readonly sizes: Sizes;
	/** Names of the sets among the files, the one at hand first; several where files hold more than one. */
	readonly sets: readonly string[];
	/** How the images lie if nothing is chosen. */
	readonly turn: Turn;
	readonly leftOut: readonly LeftOut[];
	readonly warnings: readonly Warning[];
}

export interface Sizes {
	readonly least: number;
	readonly greatest: number;
	/** The side that most images' shorter edge has. */
	readonly usual: number;
	/** Number of images that are not square. */
	readonly oblong: number;
	readonly grey: boolean;
}

export interface ImageReader {
	readonly count: number;
	/** The file of an image, with its number there where a file holds many. */
	readonly nameOf: (image: number) => string;
	/** @throws UnreadableImage */
	readonly raster: (image: number) => Raster | Promise<Raster>;
}

/** Thrown for a damaged image; the others of its set are not concerned. The message is in English. */
export class UnreadableImage extends Error {
	override readonly name = 'UnreadableImage';
}

/** Collects what is left out, by reason, with a few examples. */
export class Leavings {
	readonly #byReason = new Map<LeftOut['reason'], { count: number; examples: string[] }>();
	constructor(before: readonly LeftOut[] = []) {
		for (const { reason, count, examples } of before) {
			const own = this.#byReason.get(reason) ?? { count: 0, examples: [] };
			own.count += count;
			own.examples.push(...examples);
			own.examples.splice(EXAMPLES);
			this.#byReason.set(reason, own);
		}
	}
	add(reason: LeftOut['reason'], example: string, count = 1): void {
		const own = this.#byReason.get(reason) ?? { count: 0, examples: [] };
		own.count += count;
		if (own.examples.length < EXAMPLES) own.examples.push(example);
		this.#byReason.set(reason, own);
	}
	count(reason: LeftOut['reason']): number {
		return this.#byReason.get(reason)?.count ?? 0;
	}
	get list(): LeftOut[] {
		return [...this.#byReason].map(([reason, own]) => ({ reason, ...own }));
	}
}
const EXAMPLES = 10;

/** Sizes of images that all have one. */
export const oneSize = (width: number, height: number, count: number, grey: boolean): Sizes => ({
	least: Math.min(width, height),
	greatest: Math.max(width, height),
	usual: Math.min(width, height),
	oblong: width === height ? 0 : count,
	grey
});

/** Labels of any whole numbers as places in a list of classes, which are in order. */
export function dense(
	values: ArrayLike<number>,
	nameOf: (value: number) => string
): { readonly classes: string[]; readonly labels: Int32Array } {
	const distinct = [...new Set(Array.from(values))].sort((a, b) => a - b);
	const place = new Map(distinct.map((value, at) => [value, at]));
	return {
		classes: distinct.map(nameOf),
		labels: Int32Array.from(values, (value) => place.get(value) ?? -1)
	};
}
