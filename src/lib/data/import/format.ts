/** What a reader of one kind of files is. */
import type { Brought } from './bytes';
import type { PackWriter } from './writer';

/** How pictures of any size and kind become bytes of one shape. */
export interface PictureOptions {
	/** Side in pixels. */
	readonly side: number;
	readonly channels: 1 | 3;
	/** `[side, side, channels]`. @throws Error when it is no picture */
	readonly decode: (blob: Blob, side: number, channels: 1 | 3) => Promise<Uint8Array>;
}

export interface Format {
	/** Whether files of these names are for this reader. */
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
