/** A set of images that files hold, before it is kept: found among them, or saved as a whole. */
import type { Card } from './arrange';
import type { Choices } from './choices';
import type { WrittenPack } from './writer';

/** What is being done, and how far it is. */
export interface ImportProgress {
	readonly step: 'look' | 'keep';
	/** Bytes looked at, or images or files kept. */
	readonly done: number;
	readonly total: number;
}

/** A set as it would be kept. */
export interface ShownSet {
	readonly card: Card;
	/** Some of its training images before they are turned, `[n, side, side, channels]`. */
	readonly samples: Uint8Array;
}

export interface ImageSet {
	/** What would be kept. @throws ImportError if nothing can be */
	readonly show: (choices: Choices) => Promise<ShownSet>;
	/**
	 * Writes the set.
	 * @param put stores a file of the pack; calls do not overlap
	 * @throws ImportError; files stored so far are then useless
	 */
	readonly keep: (
		choices: Choices,
		put: (file: string, bytes: Uint8Array) => Promise<void>,
		onProgress: (progress: ImportProgress) => void
	) => Promise<{ readonly pack: WrittenPack; readonly card: Card }>;
}
