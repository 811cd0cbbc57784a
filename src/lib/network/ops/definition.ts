/** The parts of an operation's definition. A definition does not depend on any network. */

/** Output shape of an operation without the batch: `[H, W, C]`, or `[units]` after pooling. */
export type Shape = readonly number[];

/** The fields of an operation without fields. */
export type NoFields = Readonly<Record<never, never>>;

/** Everything derived from an operation's fields and the shapes of its inputs. */
export interface Derived {
	readonly output: Shape;
	/** Trainable tensors, in order. Kernels are HWIO, the dense matrix is [in, out]. */
	readonly parameters?: { readonly [R in 'kernel' | 'bias' | 'gamma' | 'beta' | 'scale']?: Shape };
	/** Running averages over batches, used in evaluation. */
	readonly averages?: { readonly [R in 'mean' | 'variance']: Shape };
	/** Multiply-accumulates for one image; convolutions and dense layers only, as the paper counts. */
	readonly macs?: number;
}

/** The square window of the input that determines one output value. */
export interface SlidingWindow {
	readonly kernel: number;
	readonly stride: number;
}

export interface OpDef<Fields> {
	/** Set if the operation makes a layer, which is a column of every picture: its kernel is a linear map of its input's channels. */
	readonly weighted?: true;
	/** Describes inputs that do not fit, in English; null if they fit. */
	check?(op: Fields, inputs: readonly Shape[]): string | null;
	/** Derives shapes and counts from inputs that `check` has passed; the input of operation `input` is the image. */
	derive(op: Fields, inputs: readonly Shape[]): Derived;
	/** The window of the operation; null if it is the whole map. */
	window(op: Fields): SlidingWindow | null;
}

/** A `derive` for operations that keep the shape. */
export const sameShape = (_: unknown, [x]: readonly Shape[]): Derived => ({ output: x });

/** A `window` for operations in which each value depends on one pixel. */
export const onePixel = (): SlidingWindow => ({ kernel: 1, stride: 1 });

/** A `window` for operations in which each value depends on the whole map. */
export const wholeMap = () => null;

/** Output length of a convolution or pooling along one axis, rounded down as PyTorch does. */
export function slidSize(size: number, kernel: number, stride: number, padding: number): number {
	return Math.floor((size + 2 * padding - kernel) / stride) + 1;
}

export const product = (values: readonly number[]): number => values.reduce((a, b) => a * b, 1);

/** Shapes in a message: `32×32×16 and 16×16×32`. */
export const listed = (shapes: readonly Shape[]): string =>
	shapes.map((shape) => shape.join('×')).join(' and ');
