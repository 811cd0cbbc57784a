/** The offsets at which a convolution and its gradients read their maps. */
import type { Convolution } from './plan';

/** A tap of a convolution: the weights that multiply the pixel at the given offset from the output's. */
export interface Tap {
	readonly weight: number;
	readonly dy: number;
	readonly dx: number;
}

/** Taps of the forward pass and of the gradient with respect to the kernel, as offsets from the pixel (stride · row, stride · column). */
export function taps({ kernel: [kh, kw], padding }: Convolution): Tap[] {
	return Array.from({ length: kh * kw }, (_, weight) => ({
		weight,
		dy: Math.floor(weight / kw) - padding,
		dx: (weight % kw) - padding
	}));
}

/** One phase of the gradient with respect to the input: the pixels at (row, column) modulo `stride`. */
export interface Phase {
	readonly row: number;
	readonly column: number;
	/** Offsets relative to the pixel of dy with the same indices within the phase. If there are none, dx is 0. */
	readonly taps: readonly Tap[];
}

/**
 * dx[s·i + r] = Σ over taps a with r + padding − a a multiple of s of dy[i + (r + padding − a) / s] · w[a]ᵀ:
 * each of the s² phases is a separate convolution.
 */
export function phases({ kernel: [kh, kw], padding, stride }: Convolution): Phase[] {
	const axis = (size: number, place: number) =>
		Array.from({ length: size }, (_, a) => ({ a, shift: place + padding - a })).filter(
			({ shift }) => shift % stride === 0
		);
	return Array.from({ length: stride * stride }, (_, i) => {
		const row = Math.floor(i / stride);
		const column = i % stride;
		const taps = axis(kh, row).flatMap(({ a, shift: dy }) =>
			axis(kw, column).map(({ a: b, shift: dx }) => ({
				weight: a * kw + b,
				dy: dy / stride,
				dx: dx / stride
			}))
		);
		return { row, column, taps };
	});
}
