/**
 * What a training step is made of: one function per layer type and direction, on tfjs tensors.
 * `device.ts` composes them of tfjs kernels for any backend, `host.ts` computes on the processor's memory.
 */
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Activation } from '$lib/network';
import type { UpdateConstants } from '../optimiser';

/** Kernel size is read off the kernel; padding is explicit zeros on each side. */
export interface ConvolutionGeometry {
	readonly stride: number;
	readonly padding: number;
}

/** A number still on the device, or already here. Read together by `collect`. */
export type Measured = Scalar | number;

/**
 * Shapes: images `[N, H, W, C]`, kernels `[kh, kw, Cin, Cout]`, per-channel vectors `[C]`,
 * logits `[N, classes]`. `dy` is the loss's gradient by an output, `dx` by an input.
 * Every function returns new tensors and disposes nothing that it is given.
 */
export interface Ops {
	conv(x: Tensor4D, kernel: Tensor4D, conv: ConvolutionGeometry): Tensor4D;
	/** dx = dy ⋆ flipped kernel. */
	convInputGradient(
		dy: Tensor4D,
		kernel: Tensor4D,
		xShape: Tensor4D['shape'],
		conv: ConvolutionGeometry
	): Tensor4D;
	/** dK[a, b] = Σ over batch and pixels of x shifted by (a, b) times dy. */
	convKernelGradient(
		x: Tensor4D,
		dy: Tensor4D,
		kernelShape: Tensor4D['shape'],
		conv: ConvolutionGeometry
	): Tensor4D;

	addBias<T extends Tensor>(x: T, bias: Tensor1D): T;
	/** Sum of dy over all axes but the last. */
	biasGradient(dy: Tensor): Tensor1D;

	/** Mean and biased variance of each channel. */
	moments(x: Tensor4D): { mean: Tensor1D; variance: Tensor1D };
	/** γ (x − mean) / √(variance + ε) + β */
	normalise(
		x: Tensor4D,
		mean: Tensor1D,
		variance: Tensor1D,
		gamma: Tensor1D,
		beta: Tensor1D
	): Tensor4D;
	/** Through the batch's own mean and variance. */
	normaliseGradient(
		dy: Tensor4D,
		x: Tensor4D,
		mean: Tensor1D,
		variance: Tensor1D,
		gamma: Tensor1D
	): { dx: Tensor4D; dGamma: Tensor1D; dBeta: Tensor1D };
	/** (1 − r) · running + r · unbias · batch, with r = `RUNNING_RATE`. */
	updateRunning(running: Tensor1D, batch: Tensor1D, unbias: number): Tensor1D;

	activation(x: Tensor4D, kind: Activation): Tensor4D;
	/** dy · f′, with f′ written in terms of the output y. */
	activationGradient(dy: Tensor4D, y: Tensor4D, kind: Activation): Tensor4D;

	/** Option A: every `stride`-th pixel, zeros in the channels added. */
	subsample(x: Tensor4D, stride: number, channels: number): Tensor4D;
	subsampleGradient(dy: Tensor4D, xShape: Tensor4D['shape'], stride: number): Tensor4D;

	/** y + gate · shortcut */
	addGated(y: Tensor4D, shortcut: Tensor4D, gate: number): Tensor4D;
	/** gate · dy */
	scale(dy: Tensor4D, gate: number): Tensor4D;
	/** a + b, where two paths meet on the way back. */
	sum(a: Tensor4D, b: Tensor4D): Tensor4D;

	/** Mean over the pixels: `[N, C]`. */
	pool(x: Tensor4D): Tensor2D;
	poolGradient(dy: Tensor2D, xShape: Tensor4D['shape']): Tensor4D;

	dense(x: Tensor2D, kernel: Tensor2D): Tensor2D;
	denseGradients(x: Tensor2D, dy: Tensor2D, kernel: Tensor2D): { dx: Tensor2D; dKernel: Tensor2D };

	/** Mean softmax cross-entropy, share of wrong answers, and the gradient of the former by the logits. */
	crossEntropy(
		logits: Tensor2D,
		labels: Int32Array
	): { loss: Measured; error: Measured; dLogits: Tensor2D };

	/** √Σx², scaled so that neither 1e-25 nor 1e25 is lost on the way. */
	norm(x: Tensor): Measured;
	/** √(Σ(x − mean)² / n) */
	std(x: Tensor): Measured;
	/** Share of the channels that are 0 at every pixel of every image. */
	deadShare(z: Tensor4D): Measured;
	/**
	 * See `UpdateConstants`; `g` is multiplied by `factor` first, `s` is null before the first step of an optimiser that keeps it.
	 * `change` is what was taken off w.
	 */
	update<T extends Tensor>(
		weight: { readonly w: T; readonly v: T; readonly s: T | null },
		g: T,
		constants: UpdateConstants,
		factor: number
	): { w: T; v: T; s: T | null; change: T };
	/** All readings in one transfer, in order; disposes those that are tensors. */
	collect(readings: readonly Measured[]): Promise<Float32Array>;
}
