/** The dispatches of the forward pass. */
import { dispatchesOf, type ForwardTable } from '../plan/dispatches';
import { shiftOf, type Combine, type Convolution } from '../plan/plan';
import {
	combineShader,
	groupWorkgroups,
	mapWorkgroups,
	momentsShader,
	sliceWorkgroups,
	statisticsShader
} from './combine';
import { convDispatch } from './conv';
import { denseGradShader, denseShader, linear, poolShader } from './head';
import { imageStatisticsShader, imageWorkgroups } from './imageNorm';
import type { Dispatch } from './programs';
import { combineSizes, convSizes, gateOf, headSizes, type Resources } from './resources';

const FORWARD: ForwardTable<Resources, Dispatch> = { conv: convForward, combine: combineForward };

export const forwardDispatches = (lane: Resources): Dispatch[] =>
	dispatchesOf(lane, lane.plan.forward, FORWARD);

function convForward(lane: Resources, op: Convolution): Dispatch[] {
	const { maps, parameters } = lane;
	const { forward } = parameters.packed[op.weights];
	return [convDispatch(convSizes(lane, op), maps[op.x], forward, maps[op.y])];
}

function combineForward(lane: Resources, op: Combine): Dispatch[] {
	const { maps, scratch, parameters } = lane;
	const { norm, shortcut } = op;
	const sizes = combineSizes(lane, op);
	const y = maps[op.y];
	const vectors = lane.vectors[op.y];
	const value = (parameter: number) => parameters.region(parameters.values, parameter);
	const moments: Dispatch = {
		code: momentsShader(sizes),
		buffers: { y, parts: scratch },
		workgroups: sliceWorkgroups(sizes),
		...(norm?.over === 'batch' && { when: 'training' })
	};
	const affine = { betas: value(shiftOf(op)), gammas: norm && value(norm.gamma) };
	const statistics: Dispatch =
		norm?.over === 'image'
			? {
					code: imageStatisticsShader(sizes),
					buffers: { parts: scratch, vectors, ...affine },
					workgroups: imageWorkgroups(sizes)
				}
			: {
					code: statisticsShader(sizes),
					buffers: {
						parts: scratch,
						vectors,
						...affine,
						running: norm && parameters.running[norm.index]
					},
					workgroups: groupWorkgroups(sizes)
				};
	return [
		...(norm ? [moments] : []),
		statistics,
		{
			code: combineShader(sizes),
			buffers: {
				y,
				vectors,
				z: maps[op.z],
				gates: shortcut && gateOf(lane, shortcut.gate),
				shortcut: shortcut && maps[shortcut.from]
			},
			workgroups: (images) => mapWorkgroups(sizes.z, images)
		}
	];
}

/** Pooling, dense layer, softmax, and what they make for the way back of the dense layer. */
export function lossDispatches(lane: Resources): Dispatch[] {
	const { plan, maps, labels, metrics, features, rows, dFeatures } = lane;
	const { values, gradients } = lane.parameters;
	const sizes = headSizes(lane);
	const { z, classes } = sizes;
	return [
		{
			code: poolShader(sizes),
			buffers: { z: maps[plan.head.z], features },
			workgroups: (images) => linear(images * z.groups)
		},
		{
			code: denseShader(sizes),
			buffers: { features, values, labels, rows, dFeatures },
			workgroups: linear
		},
		{
			code: denseGradShader(sizes),
			buffers: { features, rows, gradients, metrics },
			workgroups: linear(z.channels * classes + classes + 2)
		}
	];
}
