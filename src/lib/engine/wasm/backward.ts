/** The dispatches of the backward pass. */
import { dispatchesOf, type BackwardTable } from '../plan/dispatches';
import type { BackwardOp } from '../plan/plan';
import { combineBackward, subsampleBackward } from './combine';
import { concatBackward } from './concat';
import { convBackwardInput, convBackwardKernel } from './convolution';
import { dropBackward } from './dropout';
import { headBackward } from './head';
import { lrnBackward } from './lrn';
import { multiplyBackward, scaleBackward } from './multiply';
import { poolBackward } from './pooling';
import { measured } from './probes';
import type { Dispatch, Resources, Step } from './resources';

const BACKWARD: BackwardTable<Resources, Dispatch<Step>> = {
	headGrad: headBackward,
	combineGrad: combineBackward,
	kernelGrad: convBackwardKernel,
	inputGrad: convBackwardInput,
	subsampleGrad: subsampleBackward,
	poolGrad: poolBackward,
	lrnGrad: lrnBackward,
	concatGrad: concatBackward,
	multiplyGrad: multiplyBackward,
	scaleGrad: scaleBackward,
	dropGrad: dropBackward,
	measure: measured
};

/** @param ops backward operations of the lane's plan */
export const backwardDispatches = (
	lane: Resources,
	ops: readonly BackwardOp[] = lane.plan.backward
): Dispatch<Step>[] => dispatchesOf(lane, ops, BACKWARD);
