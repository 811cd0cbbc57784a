/** The dispatches of the forward pass. */
import { dispatchesOf, type ForwardTable } from '../plan/dispatches';
import { shiftOf } from '../plan/plan';
import { combineShader, momentsShader, statisticsShader } from './combine';
import { shadersOf } from './generalConv';
import { denseGradShader, denseShader, poolShader } from './head';
import { imageStatisticsShader } from './imageNorm';
import type { Dispatch } from './programs';
import { combineSizes, convSizes, gateOf, headSizes, type Resources } from './resources';

export const FORWARD: ForwardTable<Resources, Dispatch> = {
	conv(lane, op) {
		const { maps, parameters } = lane;
		const kernels = parameters.packed[op.weights].forward;
		const buffers = { source: maps[op.x], kernels, result: maps[op.y] };
		return [{ ...shadersOf(op).conv(convSizes(lane, op)), buffers }];
	},

	combine(lane, op) {
		const { maps, scratch: parts, parameters } = lane;
		const { norm, shortcut } = op;
		const sizes = combineSizes(lane, op);
		const y = maps[op.y];
		const vectors = lane.vectors[op.z];
		const shift = shiftOf(op);
		const value = (parameter: number) => parameters.region(parameters.values, parameter);
		const moments: Dispatch = {
			...momentsShader(sizes),
			buffers: { y, parts },
			...(norm?.over === 'batch' && { when: 'training' })
		};
		const statistics: Dispatch = {
			...(norm?.over === 'image' ? imageStatisticsShader : statisticsShader)(sizes),
			buffers: {
				parts,
				vectors,
				betas: shift === null ? null : value(shift),
				gammas: norm && value(norm.gamma),
				running: norm?.over === 'batch' ? parameters.running[norm.index] : null
			}
		};
		const combine: Dispatch = {
			...combineShader(sizes),
			buffers: {
				y,
				vectors,
				z: maps[op.z],
				gates: shortcut && gateOf(lane, shortcut.gate),
				shortcut: shortcut && maps[shortcut.from]
			}
		};
		return [...(norm ? [moments] : []), ...(shift === null ? [] : [statistics]), combine];
	},
	pool: null,
	lrn: null,
	concat: null,
	multiply: null,
	scale: null,
	drop: null
};

export const forwardDispatches = (lane: Resources): Dispatch[] =>
	dispatchesOf(lane, lane.plan.forward, FORWARD);

/** Pooling, dense layer, softmax, and the dense layer's gradients with respect to logits and features. */
export function lossDispatches(lane: Resources): Dispatch[] {
	const { plan, maps, labels, metrics, features, rows, dFeatures } = lane;
	const { values, gradients } = lane.parameters;
	const sizes = headSizes(lane);
	return [
		{ ...poolShader(sizes), buffers: { z: maps[plan.head.z], features } },
		{ ...denseShader(sizes), buffers: { features, values, labels, rows, dFeatures } },
		{ ...denseGradShader(sizes), buffers: { features, rows, gradients, metrics } }
	];
}
