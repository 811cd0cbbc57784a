/** What can go wrong between a photograph and an answer, as values; `view/words/photo.ts` says each in words. */
import type { NotImages } from '$lib/data/import/problem';
import type { WeightsProblem } from '$lib/export/reading/problems';

export type ClassifyProblem =
	/** The file is not one of weights, or does not fit the network. */
	| { readonly code: 'weights'; readonly file: string; readonly problem: WeightsProblem }
	/** The file is no picture that can be read; what it is instead, if that is known. */
	| { readonly code: 'no-picture'; readonly file: string; readonly kind: NotImages | null }
	/** The picture is cut or damaged; the detail is technical and in English. */
	| { readonly code: 'damaged-picture'; readonly file: string; readonly detail: string }
	/** A picture with so many pixels that decoding it would take too much memory. */
	| {
			readonly code: 'large-picture';
			readonly width: number;
			readonly height: number;
			readonly most: number;
	  }
	/** The network is known to need more than this device has, in bytes. */
	| { readonly code: 'too-large'; readonly needed: number; readonly most: number }
	/** The browser gave no more memory; the bytes that the network needs. */
	| { readonly code: 'memory'; readonly needed: number }
	/** A class score is infinite or no number. */
	| { readonly code: 'not-finite' }
	/** The worker did not start, or has ended. */
	| { readonly code: 'worker'; readonly detail: string }
	| { readonly code: 'failed'; readonly detail: string };

/** Thrown for what the reader can be told; the worker returns its problem, because errors lose their class on the way. */
export class ClassifyError extends Error {
	override readonly name = 'ClassifyError';
	constructor(readonly problem: ClassifyProblem) {
		super(problem.code);
	}
}
