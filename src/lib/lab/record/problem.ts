/** What can be wrong with a file that should be a run's record, and what a reader should know of one that was read. */
import type { GunzipProblem } from '$lib/base/gunzip';
import type { ZipProblem } from '$lib/base/zip';

export type RecordProblem =
	/** The file has no bytes, or only zeros or spaces. */
	| { readonly code: 'empty'; readonly bytes: number }
	/** More than `most` bytes, unpacked. */
	| { readonly code: 'large'; readonly most: number }
	/** The file ends after `bytes` bytes, in the middle of its data; `steps` steps before that are whole. */
	| { readonly code: 'cut'; readonly bytes: number; readonly steps: number }
	/** A web page, as a server sends it in place of a file. */
	| { readonly code: 'web-page' }
	/** The pointer that git-lfs keeps in place of a file. */
	| { readonly code: 'git-lfs' }
	/** Not JSON, nor anything that a record is packed in; `begins` are its first characters. */
	| { readonly code: 'not-json'; readonly begins: string }
	/** JSON with an error of syntax; `step` is the step it is in, null if it is in none. */
	| { readonly code: 'syntax'; readonly step: number | null; readonly detail: string }
	/** JSON of something else; `keys` are the first keys of the object. */
	| { readonly code: 'other'; readonly keys: readonly string[] }
	/** Several values in one file: a list, or a line for each. */
	| { readonly code: 'several' }
	| { readonly code: 'newer'; readonly version: number }
	/** It does not say its format, which should be `version`. */
	| { readonly code: 'no-version'; readonly version: number }
	| { readonly code: 'no-steps' }
	/** A value that cannot be right. `path` is its place, as `steps.3.lanes.0.loss`; `app` wrote the record, if it says so. */
	| {
			readonly code: 'value';
			readonly path: string;
			readonly detail: string;
			readonly app: string | null;
	  }
	/** A zip file without a record, or with several. */
	| { readonly code: 'zip-none' | 'zip-several'; readonly files: readonly string[] }
	/** A zip file of pictures; some of their paths. */
	| { readonly code: 'pictures'; readonly files: readonly string[] }
	| Extract<ZipProblem, { readonly code: 'zip-damaged' | 'zip-encrypted' | 'zip-method' }>
	/** The browser gave up, perhaps for lack of memory. */
	| { readonly code: 'failed'; readonly detail: string }
	| Extract<GunzipProblem, { readonly code: 'gzip-damaged' }>;

/** Thrown for a file that is not a record, or not a sound one. */
export class RecordFileError extends Error {
	override readonly name = 'RecordFileError';
	constructor(readonly problem: RecordProblem) {
		super(JSON.stringify(problem));
	}
}

export type RecordWarning =
	/** Fields that this version does not know and leaves out, by their paths. */
	| { readonly code: 'unknown-fields'; readonly paths: readonly string[] }
	/** Something of a step beyond the last one. */
	| {
			readonly code: 'beyond-last-step';
			readonly path: string;
			readonly step: number;
			readonly last: number;
	  }
	/** Text behind the end of the record. */
	| { readonly code: 'text-behind'; readonly begins: string };
