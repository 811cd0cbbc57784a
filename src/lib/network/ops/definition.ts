/** What the definition of an operation consists of. A definition holds for every network and knows none. */

/** Output shape of an operation without the batch: `[H, W, C]`, or `[units]` after pooling. */
export type Shape = readonly number[];

/** Fields of an operation that has none. */
export type NoFields = Readonly<Record<never, never>>;

/** What follows from an operation's fields and the shapes of its inputs. */
export interface Derived {
	readonly output: Shape;
	/** Trainable tensors, in order. Kernels are HWIO, the dense matrix is [in, out]. */
	readonly parameters?: { readonly [R in 'kernel' | 'bias' | 'gamma' | 'beta']?: Shape };
	/** Running averages over batches, for evaluation. */
	readonly averages?: { readonly [R in 'mean' | 'variance']: Shape };
	/** Multiply-accumulates for one image; convolutions and dense layers only, as the paper counts. */
	readonly macs?: number;
}

/** The square of its input from which one value is computed. */
export interface SlidingWindow {
	readonly kernel: number;
	readonly stride: number;
}

export interface OpDef<Fields> {
	/** It makes a layer, which is a column of every picture: its kernel is a linear map of all its input's channels. */
	readonly weighted?: true;
	/** What does not fit, in English, null when nothing. */
	check?(op: Fields, inputs: readonly Shape[]): string | null;
	/** `inputs` are shapes that `check` has passed; the operation `input` reads the image. */
	derive(op: Fields, inputs: readonly Shape[]): Derived;
	/** Null: all of the map. */
	window(op: Fields): SlidingWindow | null;
}

/** A definition's `derive` where the shape stays. */
export const sameShape = (_: unknown, [x]: readonly Shape[]): Derived => ({ output: x });

/** A definition's `window` where each value depends on the values of one pixel. */
export const onePixel = (): SlidingWindow => ({ kernel: 1, stride: 1 });

/** A definition's `window` where each value depends on the whole map. */
export const wholeMap = () => null;

/** Output length of a convolution or pooling along one axis, rounded down as PyTorch does. */
export function slidSize(size: number, kernel: number, stride: number, padding: number): number {
	return Math.floor((size + 2 * padding - kernel) / stride) + 1;
}

export const product = (values: readonly number[]): number => values.reduce((a, b) => a * b, 1);

/** Shapes in a message: `32×32×16 and 16×16×32`. */
export const listed = (shapes: readonly Shape[]): string =>
	shapes.map((shape) => shape.join('×')).join(' and ');
