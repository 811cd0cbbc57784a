/** The dispatches of the forward pass. */
import { dispatchesOf, type ForwardTable } from '../plan/dispatches';
import { combineForward } from './combine';
import { concatForward } from './concat';
import { convForward } from './convolution';
import { dropForward } from './dropout';
import { lrnForward } from './lrn';
import { multiplyForward, scaleForward } from './multiply';
import { poolForward } from './pooling';
import type { Dispatch, Resources } from './resources';

const FORWARD: ForwardTable<Resources, Dispatch> = {
	conv: convForward,
	combine: combineForward,
	pool: poolForward,
	lrn: lrnForward,
	concat: concatForward,
	multiply: multiplyForward,
	scale: scaleForward,
	drop: dropForward
};

export const forwardDispatches = (lane: Resources): Dispatch[] =>
	dispatchesOf(lane, lane.plan.forward, FORWARD);
