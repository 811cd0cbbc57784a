/** What a reader of one kind of files is, and what it writes to. */
import type { ImageShape } from '$lib/base/image';
import type { Split } from '../manifest';
import type { Brought } from './bytes';

export interface ImageWriter {
	/** Said once, before the first image; statistics per channel are measured where none are given. */
	begin(
		shape: ImageShape,
		classes: readonly string[],
		statistics?: { readonly mean: readonly number[]; readonly std: readonly number[] }
	): void;
	/** @param pixels `[H, W, C]` */
	add(split: Split, pixels: Uint8Array, label: number): Promise<void>;
}

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
		writer: ImageWriter,
		onBytes: (count: number) => void,
		pictures: PictureOptions
	) => Promise<void>;
}
