/** The dispatches of the forward pass. */
import { dispatchesOf, type ForwardTable } from '../plan/dispatches';
import { shiftOf } from '../plan/plan';
import { combineShader, momentsShader, statisticsShader } from './combine';
import { shadersOf } from './generalConv';
import { concatShader, dropShader, multiplyShader, scaleShader } from './elementwise';
import { denseGradShader, denseShader, featuresShader } from './head';
import { imageStatisticsShader } from './imageNorm';
import { lrnShader } from './lrn';
import { poolShader } from './pooling';
import type { Dispatch } from './programs';
import {
	combineSizes,
	convSizes,
	drawOf,
	gateOf,
	headOf,
	headSizes,
	joined,
	multiplySizes,
	type Resources
} from './resources';

const FORWARD: ForwardTable<Resources, Dispatch> = {
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

	pool({ grids, maps }, op) {
		const sizes = { ...op, x: grids[op.x], z: grids[op.z] };
		return [{ ...poolShader(sizes), buffers: { source: maps[op.x], z: maps[op.z] } }];
	},

	lrn({ grids, maps }, op) {
		const buffers = { xOf: maps[op.x], z: maps[op.z] };
		return [{ ...lrnShader({ ...op, map: grids[op.z] }), buffers }];
	},

	concat({ grids, maps }, { from, z }) {
		return joined(from, grids).map(({ map, offset }) => ({
			...concatShader(grids[map], grids[z], offset),
			buffers: { source: maps[map], z: maps[z] }
		}));
	},

	multiply(lane, op) {
		const { maps } = lane;
		const buffers = { a: maps[op.a], factors: maps[op.b], z: maps[op.z] };
		return [{ ...multiplyShader(multiplySizes(lane, op)), buffers }];
	},

	scale({ grids, maps, parameters }, { x, z, parameter }) {
		const alpha = parameters.region(parameters.values, parameter);
		return [
			{ ...scaleShader(grids[z], false), buffers: { source: maps[x], result: maps[z], alpha } }
		];
	},

	drop(lane, op) {
		const { grids, maps } = lane;
		const buffers = { source: maps[op.x], result: maps[op.z], draw: drawOf(lane, op.node) };
		return [{ ...dropShader(grids[op.z], op, false), buffers }];
	}
};

export const forwardDispatches = (lane: Resources): Dispatch[] =>
	dispatchesOf(lane, lane.plan.forward, FORWARD);

/** Of every head: pooling, dense layer, softmax, and the dense layer's gradients with respect to logits and features. */
export function lossDispatches(lane: Resources): Dispatch[] {
	const { plan, maps, labels, metrics } = lane;
	const { values, gradients } = lane.parameters;
	return [plan.head, ...plan.auxiliary].flatMap((head): Dispatch[] => {
		const sizes = headSizes(lane, head);
		const { features, rows, dFeatures } = headOf(lane, head);
		const draw = drawOf(lane, head.dropoutNode);
		return [
			{ ...featuresShader(sizes), buffers: { z: maps[head.z], features, draw } },
			{ ...denseShader(sizes), buffers: { features, values, labels, rows, dFeatures } },
			{ ...denseGradShader(sizes), buffers: { features, rows, gradients, metrics } }
		];
	});
}
