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
import { shadersOf } from './generalConv';
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

export const BACKWARD: BackwardTable<Resources, Dispatch> = {
	headGrad(lane, { dx: { buffer: dz } }) {
		const buffers = { dFeatures: lane.dFeatures, dz: lane.maps[dz] };
		return [{ ...poolGradShader(headSizes(lane)), buffers }];
	},

	combineGrad(lane, { combine, keep, dy, ...op }): Dispatch[] {
		const { maps, scratch: parts, parameters, metrics, metricPlaces } = lane;
		const { norm, shortcut, block, layer } = combine;
		const sizes = combineSizes(lane, combine);
		const vectors = lane.vectors[combine.z];
		const [dz, z, y] = [maps[op.dz], maps[combine.z], maps[combine.y]];
		const gradient = (parameter: number) => parameters.region(parameters.gradients, parameter);
		const metric = (row: Row, i: number | null, count: number) =>
			i === null ? null : { buffer: metrics, first: numberAt(row, i), count };
		const { blockOutputGradientNorms, deadShares } = metricPlaces.places;
		const shift = shiftOf(combine);
		const sums = shift === null ? null : gradient(shift);
		const products = norm && gradient(norm.gamma);
		const ofImages = { ...imageGradVectorsShader(sizes), buffers: { parts, vectors } };
		const probed = sizes.block || sizes.dead;
		const summed: Dispatch[] = [
			{ ...combineGradSumsShader(sizes), buffers: { dz, z, y, vectors, parts } },
			{ ...combineGradVectorsShader(sizes), buffers: { parts, vectors, sums, products } }
		];
		const place = dy && (dy.buffer === combine.y ? 'y' : dy.accumulate ? 'dy, added' : 'dy');
		const last: Dispatch = {
			...combineGradShader(sizes, { place, keep }),
			buffers: {
				dz,
				z,
				y,
				dy: dy && maps[dy.buffer],
				vectors,
				gates: shortcut && gateOf(lane, shortcut.gate),
				// The next number is its standard deviation.
				metrics: metric(blockOutputGradientNorms, block, 2),
				deadShare: metric(deadShares, layer, 1)
			}
		};
		return [
			...(sizes.affine || probed ? summed : []),
			...(norm?.over === 'image' ? [ofImages] : []),
			...(place || keep || probed ? [last] : [])
		];
	},

	kernelGrad(lane, { conv, dy }): Dispatch[] {
		const { maps, scratch: parts, parameters } = lane;
		const sizes = kernelGradSizes(lane, conv);
		const shaders = shadersOf(conv);
		const gradient = parameters.region(parameters.gradients, conv.weights);
		return [
			{ ...shaders.kernelGrad(sizes), buffers: { source: maps[conv.x], dy: maps[dy], parts } },
			{ ...shaders.kernelGradSum(sizes), buffers: { parts, gradient } }
		];
	},

	inputGrad(lane, op) {
		const { maps, parameters } = lane;
		const kernels = parameters.packed[op.conv.weights].backward;
		const buffers = { source: maps[op.dy], kernels, result: maps[op.dx.buffer] };
		return [{ ...shadersOf(op.conv).conv(convSizes(lane, op.conv, op)), buffers }];
	},

	subsampleGrad({ grids, maps }, { from, to, stride }) {
		const buffers = { small: maps[from], large: maps[to] };
		return [{ ...subsampleGradShader(grids[from], grids[to], stride), buffers }];
	},
	poolGrad: null,
	lrnGrad: null,
	concatGrad: null,
	multiplyGrad: null,
	scaleGrad: null,
	dropGrad: null,
	measure: null
};

export const backwardDispatches = (lane: Resources): Dispatch[] =>
	dispatchesOf(lane, lane.plan.backward, BACKWARD);
