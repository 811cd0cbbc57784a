/** What an import refuses, leaves out or warns of, as values; `view/words/images.ts` says each in words. */

import type { FileKind } from './sniff';

/** Why files of a set are no images of it. */
export type LeftOutReason =
	/** Hidden files and folders, thumbnails, what operating systems and archivers put beside files. */
	| 'hidden'
	| 'empty'
	/** Cut, damaged, or of a kind that its content denies. */
	| 'unreadable'
	/** HEIC, TIFF and other pictures that browsers cannot read. */
	| 'unsupported'
	| 'too-large'
	/** Pictures without a class, such as those of a contest's test part. */
	| 'unlabelled'
	/** Pictures in folders beside those of the set's parts, and masks. */
	| 'beside'
	/** Files of other kinds: tables, texts, films. */
	| 'other'
	/** Archives beside the images of a set. */
	| 'archive'
	/** Images of another set among the same files. */
	| 'other-set'
	/** Files of many images that are there more than once. */
	| 'copy';

export interface LeftOut {
	readonly reason: LeftOutReason;
	readonly count: number;
	/** Some of their paths, with what was found wrong. */
	readonly examples: readonly string[];
}

export type Warning =
	/** Classes could be taken from another level of folders, or of labels. */
	| { readonly code: 'class-levels'; readonly chosen: string; readonly others: readonly string[] }
	| { readonly code: 'classes-from-names'; readonly example: string; readonly name: string }
	| { readonly code: 'labels-from-table'; readonly table: string; readonly images: number }
	| { readonly code: 'test-split-off'; readonly images: number }
	| { readonly code: 'validation-joined'; readonly images: number }
	| { readonly code: 'class-without-images'; readonly classes: readonly string[] }
	| { readonly code: 'class-without-test'; readonly classes: readonly string[] }
	| { readonly code: 'class-without-training'; readonly classes: readonly string[] }
	| { readonly code: 'small-class'; readonly classes: readonly string[]; readonly fewest: number }
	| { readonly code: 'unequal-classes'; readonly most: string; readonly times: number }
	| { readonly code: 'several-sets'; readonly chosen: string; readonly others: readonly string[] }
	| { readonly code: 'duplicates'; readonly images: number; readonly example: string }
	| {
			readonly code: 'duplicates-across-classes';
			readonly images: number;
			readonly example: string;
	  }
	| { readonly code: 'test-in-training'; readonly images: number; readonly example: string }
	/** Values do not use their type's range: they are stretched from `from` to `to`, which become black and white. */
	| {
			readonly code: 'range';
			readonly least: number;
			readonly greatest: number;
			readonly from: number;
			readonly to: number;
	  }
	| { readonly code: 'transparent'; readonly images: number }
	| { readonly code: 'animated'; readonly images: number }
	/** Pictures that are not square lose their edges. */
	| { readonly code: 'cut-edges'; readonly images: number }
	/** Most images have fewer pixels than they are made of. */
	| { readonly code: 'enlarged'; readonly side: number; readonly to: number }
	/** Images that lie on their side are set upright. */
	| { readonly code: 'turned' };

/** Why nothing can be imported. */
export type ImportRefusal =
	| { readonly code: 'nothing' }
	/** No file is of a kind that is read. */
	| { readonly code: 'no-images'; readonly found: readonly string[] }
	/** A file of a known kind that is no set of images, such as a web page or a pointer of git-lfs. */
	| { readonly code: 'not-images'; readonly file: string; readonly kind: NotImages }
	| { readonly code: 'no-classes'; readonly example: string }
	| {
			readonly code: 'class-count';
			readonly count: number;
			readonly fewest: number;
			readonly most: number;
			readonly examples: readonly string[];
	  }
	| { readonly code: 'too-many'; readonly count: number; readonly most: number }
	| {
			readonly code: 'too-big';
			readonly file: string;
			readonly bytes: number;
			readonly most: number;
	  }
	/** An archive that unpacks to far more than images do. */
	| { readonly code: 'bomb'; readonly file: string; readonly packed: number }
	| { readonly code: 'part-missing'; readonly part: 'train' | 'test'; readonly images: number }
	| {
			readonly code: 'too-many-bad';
			readonly bad: number;
			readonly images: number;
			readonly examples: readonly string[];
	  }
	/** A damaged file: where, what was expected there and what was found, in English. */
	| {
			readonly code: 'damaged';
			readonly file: string;
			/** Byte in the unpacked file; null for the file as a whole. */
			readonly offset: number | null;
			readonly expected: string;
			readonly found: string;
	  };

/** Kinds of files that people bring in place of images. */
export type NotImages =
	| 'empty'
	| 'web-page'
	| 'git-lfs'
	| 'matlab'
	| 'hdf5'
	| 'numpy'
	| 'parquet'
	| 'text'
	| 'pdf'
	| 'film'
	| 'weights'
	/** Archives that are not opened: RAR, 7z, bzip2, xz, zstd. */
	| 'packed'
	| 'pickle'
	| 'heic'
	| 'tiff'
	| 'ico'
	| 'tga'
	| 'drawing'
	| 'other-picture';

/** What files of other kinds are, as far as there is a text for it. */
export const NOT_IMAGES: { readonly [K in FileKind]?: NotImages } = {
	'web-page': 'web-page',
	'git-lfs': 'git-lfs',
	matlab: 'matlab',
	hdf5: 'hdf5',
	numpy: 'numpy',
	parquet: 'parquet',
	pdf: 'pdf',
	film: 'film',
	safetensors: 'weights',
	'rar-or-7z': 'packed',
	bzip2: 'packed',
	xz: 'packed',
	zstd: 'packed',
	pickle: 'pickle',
	text: 'text',
	heic: 'heic',
	tiff: 'tiff',
	ico: 'ico',
	tga: 'tga',
	svg: 'drawing',
	jxl: 'other-picture',
	jp2: 'other-picture',
	pnm: 'other-picture',
	psd: 'other-picture',
	'raw-photo': 'other-picture'
};

/** Thrown where nothing of what was brought can be imported. */
export class ImportError extends Error {
	override readonly name = 'ImportError';
	constructor(readonly problem: ImportRefusal) {
		super(JSON.stringify(problem));
	}
}

/** An error for a damaged file. */
export const damaged = (
	file: string,
	offset: number | null,
	expected: string,
	found: string
): ImportError => new ImportError({ code: 'damaged', file, offset, expected, found });
