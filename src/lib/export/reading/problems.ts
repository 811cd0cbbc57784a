/** What can be wrong with a file of weights, and what a reader of it should know: values, for which `view/words` has texts. */

type Shape = readonly number[];

/** What a file is instead of weights, told by its first bytes or by the files in it. */
export type OtherFile =
	| 'empty'
	| 'git-lfs'
	| 'web-page'
	| 'shard-index'
	| 'text'
	| 'hdf5'
	| 'onnx'
	| 'keras'
	| 'saved-model'
	| 'torchscript'
	| 'numpy'
	| 'pickle'
	| 'zip'
	| 'archive'
	| 'picture'
	| 'unknown';

export type WeightsProblem =
	/** `detail` is part of what was found: names of files, or the first bytes. */
	| { [F in OtherFile]: { readonly code: F; readonly detail: string } }[OtherFile]
	/** The file ends before its numbers do. Sizes in bytes; `expected` is null where it cannot be known. */
	| { readonly code: 'cut'; readonly expected: number | null; readonly found: number }
	/** The file is one of weights, but damaged: where, and how, in English. */
	| { readonly code: 'damaged'; readonly detail: string }
	/** A whole module was pickled, whose class the file only names. */
	| { readonly code: 'module'; readonly of: string }
	/** The pickle calls a function that weights do not need. */
	| { readonly code: 'calls'; readonly of: string }
	/** There are no tensors, or none under a name. */
	| { readonly code: 'no-tensors'; readonly names: readonly string[] }
	/** Two tensors share bytes. */
	| { readonly code: 'overlap'; readonly tensor: string; readonly other: string }
	/** Bytes belong to no tensor; `tensor` is the one after them, null at the end. */
	| { readonly code: 'hole'; readonly tensor: string | null; readonly bytes: number }
	/** The byte range and the shape of a tensor do not agree. */
	| {
			readonly code: 'range';
			readonly tensor: string;
			readonly shape: Shape;
			readonly bytes: number;
	  }
	/** The numbers of a needed tensor are not of a type that can be converted. */
	| { readonly code: 'type'; readonly tensor: string; readonly type: string }
	/** No tensor has a name of this network in any known code. */
	| { readonly code: 'names'; readonly expected: string; readonly found: readonly string[] }
	| {
			readonly code: 'missing';
			readonly tensor: string;
			readonly expected: Shape;
			readonly count: number;
			readonly of: number;
	  }
	| {
			readonly code: 'shape';
			readonly tensor: string;
			readonly expected: Shape;
			readonly found: Shape;
	  }
	/** Quantised or sparse tensors. */
	| { readonly code: 'layout' }
	/** Weights of blocks or layers that the network does not have. */
	| { readonly code: 'other-network'; readonly tensor: string; readonly count: number }
	/** The file's network normalises, the one on the screen does not. */
	| { readonly code: 'normalised'; readonly tensor: string }
	| {
			readonly code: 'not-finite';
			readonly tensor: string;
			readonly value: string;
			readonly index: number;
	  }
	| {
			readonly code: 'negative-variance';
			readonly tensor: string;
			readonly value: number;
			readonly index: number;
	  };

export type WeightsWarning =
	/** All names began with it. */
	| { readonly code: 'prefix'; readonly prefix: string }
	/** The weights were one value among others in the file. */
	| { readonly code: 'wrapper'; readonly key: string; readonly others: readonly string[] }
	/** Names of another code were translated, `layer1.0.conv1.weight` to `blocks.0.conv1.weight`. */
	| { readonly code: 'renamed'; readonly from: string; readonly to: string; readonly count: number }
	| { readonly code: 'converted'; readonly type: string; readonly count: number }
	/** torchvision halves the map in the second convolution of a bottleneck, this network in the first. */
	| { readonly code: 'stride' }
	/** The code they come from pads new channels on both sides: channels were put in this network's order. */
	| { readonly code: 'reordered' }
	/** No network of the app has these names and shapes. */
	| { readonly code: 'fits-none' }
	/** Option A has no weights, so that the file does not say how its code pads new channels. */
	| { readonly code: 'padding' };

/** Tensors that the network has no use for. */
export interface LeftOut {
	readonly reason: 'counter' | 'auxiliary' | 'not-needed' | 'no-tensor';
	readonly count: number;
	readonly examples: readonly string[];
}

const plain = (value: unknown) => (Array.isArray(value) ? `[${value.join(', ')}]` : String(value));

/** Thrown for a file that cannot be read as weights, or does not fit a network. */
export class WeightsError extends Error {
	override readonly name = 'WeightsError';
	constructor(readonly problem: WeightsProblem) {
		const values = Object.entries(problem).filter(([name]) => name !== 'code');
		super([problem.code, ...values.map(([name, value]) => `${name} ${plain(value)}`)].join(', '));
	}
}
