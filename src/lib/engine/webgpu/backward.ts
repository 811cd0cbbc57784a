/** The dispatches of the backward pass. */
import { numberAt, type Row } from '../metrics';
import { dispatchesOf, type BackwardTable } from '../plan/dispatches';
import { shiftOf } from '../plan/plan';
import {
	combineGradShader,
	combineGradSumsShader,
	combineGradVectorsShader,
	subsampleGradShader
} from './combine';
import { convShader, kernelGradShader, kernelGradSumShader } from './conv';
import { poolGradShader } from './head';
import { imageGradVectorsShader } from './imageNorm';
import type { Dispatch } from './programs';
import {
	combineSizes,
	convSizes,
	gateOf,
	headSizes,
	kernelGradSizes,
	type Resources
} from './resources';

const BACKWARD: BackwardTable<Resources, Dispatch> = {
	headGrad(lane, { dz }) {
		const buffers = { dFeatures: lane.dFeatures, dz: lane.maps[dz] };
		return [{ ...poolGradShader(headSizes(lane)), buffers }];
	},

	combineGrad(lane, { combine, keep, ...op }): Dispatch[] {
		const { maps, scratch: parts, parameters, metrics, metricPlaces } = lane;
		const { norm, shortcut, block, layer } = combine;
		const sizes = combineSizes(lane, combine);
		const vectors = lane.vectors[combine.y];
		const [dz, z, y] = [maps[op.dz], maps[combine.z], maps[combine.y]];
		const gradient = (parameter: number) => parameters.region(parameters.gradients, parameter);
		const metric = (row: Row, i: number | null, count: number) =>
			i === null ? null : { buffer: metrics, first: numberAt(row, i), count };
		const { blockOutputGradientNorms, deadShares } = metricPlaces.places;
		const sums = gradient(shiftOf(combine));
		const products = norm && gradient(norm.gamma);
		const ofImages = { ...imageGradVectorsShader(sizes), buffers: { parts, vectors } };
		return [
			{ ...combineGradSumsShader(sizes), buffers: { dz, z, y, vectors, parts } },
			{ ...combineGradVectorsShader(sizes), buffers: { parts, vectors, sums, products } },
			...(norm?.over === 'image' ? [ofImages] : []),
			{
				...combineGradShader(sizes, keep),
				buffers: {
					dz,
					z,
					y,
					vectors,
					gates: shortcut && gateOf(lane, shortcut.gate),
					// The next number is its standard deviation.
					metrics: metric(blockOutputGradientNorms, block, 2),
					deadShare: metric(deadShares, layer, 1)
				}
			}
		];
	},

	kernelGrad(lane, { conv }): Dispatch[] {
		const { maps, scratch: parts, parameters } = lane;
		const sizes = kernelGradSizes(lane, conv);
		const gradient = parameters.region(parameters.gradients, conv.weights);
		return [
			{ ...kernelGradShader(sizes), buffers: { source: maps[conv.x], dy: maps[conv.y], parts } },
			{ ...kernelGradSumShader(sizes), buffers: { parts, gradient } }
		];
	},

	inputGrad(lane, op) {
		const { maps, parameters } = lane;
		const kernels = parameters.packed[op.conv.weights].backward;
		const buffers = { source: maps[op.conv.y], kernels, result: maps[op.dx] };
		return [{ ...convShader(convSizes(lane, op.conv, op)), buffers }];
	},

	subsampleGrad({ grids, maps }, { from, to, stride }) {
		const buffers = { small: maps[from], large: maps[to] };
		return [{ ...subsampleGradShader(grids[from], grids[to], stride), buffers }];
	}
};

export const backwardDispatches = (lane: Resources): Dispatch[] =>
	dispatchesOf(lane, lane.plan.backward, BACKWARD);
