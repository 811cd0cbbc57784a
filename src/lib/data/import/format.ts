/** The interface of a reader for one kind of files. */
import type { Brought } from './bytes';
import type { PackWriter } from './writer';

/** How to convert pictures of any size and kind to bytes of one shape. */
export interface PictureOptions {
	/** Side of the square image, in pixels. */
	readonly side: number;
	readonly channels: 1 | 3;
	/** Decodes a picture to bytes `[side, side, channels]`. @throws Error if it is not a picture */
	readonly decode: (blob: Blob, side: number, channels: 1 | 3) => Promise<Uint8Array>;
}

export interface Format {
	/** Whether this reader can read files with these paths. */
	readonly takes: (paths: readonly string[]) => boolean;
	readonly title: string;
	readonly source: string;
	/** @throws ImportError */
	readonly read: (
		files: readonly Brought[],
		writer: PackWriter,
		onBytes: (count: number) => void,
		pictures: PictureOptions
	) => Promise<void>;
}
