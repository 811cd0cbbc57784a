/** The dispatches of the backward pass. */
import { numberAt, type Row } from '../metrics';
import { dispatchesOf, type BackwardTable } from '../plan/dispatches';
import { shiftOf, type Target } from '../plan/plan';
import {
	combineGradShader,
	combineGradSumsShader,
	combineGradVectorsShader,
	subsampleGradShader
} from './combine';
import { shadersOf } from './generalConv';
import {
	concatGradShader,
	dropShader,
	factorGradShader,
	multiplyGradShader,
	scaleShader
} from './elementwise';
import { featuresGradShader } from './head';
import { imageGradVectorsShader } from './imageNorm';
import { lrnGradShader } from './lrn';
import { poolGradShader } from './pooling';
import type { Dispatch } from './programs';
import {
	combineSizes,
	convSizes,
	drawOf,
	gateOf,
	headOf,
	headSizes,
	joined,
	kernelGradSizes,
	multiplySizes,
	sumSizes,
	type Resources
} from './resources';
import { measureShader, measureSumsShader, scaleGradShader, scaleGradSumsShader } from './sums';

const BACKWARD: BackwardTable<Resources, Dispatch> = {
	headGrad(lane, { head, dx: { buffer, accumulate } }) {
		const { dFeatures } = headOf(lane, head);
		const buffers = { dFeatures, dz: lane.maps[buffer], draw: drawOf(lane, head.dropoutNode) };
		return [{ ...featuresGradShader(headSizes(lane, head), accumulate), buffers }];
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

	poolGrad({ grids, maps }, { pool, dz, dx: { buffer, accumulate } }) {
		const sizes = { ...pool, x: grids[pool.x], z: grids[pool.z] };
		const buffers = { source: maps[pool.x], dz: maps[dz], dx: maps[buffer] };
		return [{ ...poolGradShader(sizes, accumulate), buffers }];
	},

	lrnGrad({ grids, maps }, { lrn, dz, dx: { buffer, accumulate } }) {
		const buffers = { xOf: maps[lrn.x], dzOf: maps[dz], dx: maps[buffer] };
		return [{ ...lrnGradShader({ ...lrn, map: grids[lrn.z] }, accumulate), buffers }];
	},

	concatGrad({ grids, maps }, { concat, dz, dx }) {
		return joined(concat.from, grids).flatMap(({ map, offset }, i) => {
			const to = dx[i];
			if (!to) return [];
			const buffers = { dz: maps[dz], dx: maps[to.buffer] };
			return [{ ...concatGradShader(grids[map], grids[dz], offset, to.accumulate), buffers }];
		});
	},

	multiplyGrad(lane, { multiply, dz, da, db }) {
		const { maps } = lane;
		const sizes = multiplySizes(lane, multiply);
		const [a, factors] = [maps[multiply.a], maps[multiply.b]];
		const ofA = (to: Target): Dispatch => ({
			...multiplyGradShader(sizes, to.accumulate),
			buffers: { dz: maps[dz], factors, da: maps[to.buffer] }
		});
		const ofB = (to: Target): Dispatch => ({
			...factorGradShader(sizes, to.accumulate),
			buffers: { dz: maps[dz], a, db: maps[to.buffer] }
		});
		return [...(da ? [ofA(da)] : []), ...(db ? [ofB(db)] : [])];
	},

	scaleGrad(lane, { scale, dz, dx }) {
		const { grids, maps, parameters, scratch: parts } = lane;
		const sizes = sumSizes(lane, dz);
		const alpha = parameters.region(parameters.values, scale.parameter);
		const gradient = parameters.region(parameters.gradients, scale.parameter);
		const ofX = (to: Target): Dispatch => ({
			...scaleShader(grids[dz], to.accumulate),
			buffers: { source: maps[dz], result: maps[to.buffer], alpha }
		});
		return [
			{ ...scaleGradSumsShader(sizes), buffers: { dz: maps[dz], x: maps[scale.x], parts } },
			{ ...scaleGradShader(sizes, scale.penalty), buffers: { parts, alpha, gradient } },
			...(dx ? [ofX(dx)] : [])
		];
	},

	dropGrad(lane, { drop, dz, dx: { buffer, accumulate } }) {
		const { grids, maps } = lane;
		const buffers = { source: maps[dz], result: maps[buffer], draw: drawOf(lane, drop.node) };
		return [{ ...dropShader(grids[dz], drop, accumulate), buffers }];
	},

	measure(lane, op): Dispatch[] {
		const { maps, metrics, metricPlaces, scratch: parts, probes } = lane;
		if (!probes) return [];
		const sizes = sumSizes(lane, op.z);
		const first = numberAt(metricPlaces.places.blockOutputGradientNorms, op.block);
		return [
			{ ...measureSumsShader(sizes), buffers: { dz: maps[op.dz], z: maps[op.z], parts } },
			{
				...measureShader(sizes),
				buffers: { parts, metrics: { buffer: metrics, first, count: 2 } }
			}
		];
	}
};

export const backwardDispatches = (lane: Resources): Dispatch[] =>
	dispatchesOf(lane, lane.plan.backward, BACKWARD);
