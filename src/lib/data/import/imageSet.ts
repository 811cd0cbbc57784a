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

export interface ImageSet {
	/** What would be kept. @throws ImportError if nothing can be */
	readonly card: (choices: Choices) => Promise<Card>;
	/** Some training images as they would be kept, but not turned yet, `[n, side, side, channels]`. */
	readonly samples: (choices: Choices, count: number) => Promise<Uint8Array>;
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
