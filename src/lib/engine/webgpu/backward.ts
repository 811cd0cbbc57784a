/** The dispatches of the backward pass. */
import { numberAt, type Row } from '../metrics';
import { dispatchesOf, type BackwardTable } from '../plan/dispatches';
import { shiftOf, type BackwardOp } from '../plan/plan';
import {
	combineGradShader,
	combineGradSumsShader,
	combineGradVectorsShader,
	groupWorkgroups,
	mapWorkgroups,
	sliceWorkgroups,
	subsampleGradShader,
	subsampleGradWorkgroups
} from './combine';
import {
	convDispatch,
	kernelGradShader,
	kernelGradSumShader,
	kernelGradSumWorkgroups,
	kernelGradWorkgroups
} from './conv';
import { poolGradShader } from './head';
import { imageGradVectorsShader, imageWorkgroups } from './imageNorm';
import type { Dispatch } from './programs';
import {
	combineSizes,
	gateOf,
	headSizes,
	inputGradSizes,
	kernelGradSizes,
	type Resources
} from './resources';

type Of<Kind extends BackwardOp['kind']> = BackwardOp & { kind: Kind };

const BACKWARD: BackwardTable<Resources, Dispatch> = {
	headGrad: headBackward,
	combineGrad: combineBackward,
	kernelGrad: convBackwardKernel,
	inputGrad: convBackwardInput,
	subsampleGrad: subsampleBackward
};

export const backwardDispatches = (lane: Resources): Dispatch[] =>
	dispatchesOf(lane, lane.plan.backward, BACKWARD);

function headBackward(lane: Resources, { dz }: Of<'headGrad'>): Dispatch[] {
	const sizes = headSizes(lane);
	return [
		{
			code: poolGradShader(sizes),
			buffers: { dFeatures: lane.dFeatures, dz: lane.maps[dz] },
			workgroups: (images) => mapWorkgroups(sizes.z, images)
		}
	];
}

function combineBackward(lane: Resources, { combine, dz, keep }: Of<'combineGrad'>): Dispatch[] {
	const { maps, scratch, parameters, metrics, metricPlaces } = lane;
	const { norm, shortcut, block, layer } = combine;
	const sizes = { ...combineSizes(lane, combine), keep };
	const vectors = lane.vectors[combine.y];
	const read = { dz: maps[dz], z: maps[combine.z], y: maps[combine.y], vectors };
	const gradient = (parameter: number) => parameters.region(parameters.gradients, parameter);
	const metric = (row: Row, i: number | null, count: number) =>
		i === null ? null : { buffer: metrics, first: numberAt(row, i), count };
	const { blockOutputGradientNorms, deadShares } = metricPlaces.places;
	return [
		{
			code: combineGradSumsShader(sizes),
			buffers: { ...read, parts: scratch },
			workgroups: sliceWorkgroups(sizes)
		},
		{
			code: combineGradVectorsShader(sizes),
			buffers: {
				parts: scratch,
				vectors,
				sums: gradient(shiftOf(combine)),
				products: norm && gradient(norm.gamma)
			},
			workgroups: groupWorkgroups(sizes)
		},
		...(norm?.over === 'image'
			? [
					{
						code: imageGradVectorsShader(sizes),
						buffers: { parts: scratch, vectors },
						workgroups: imageWorkgroups(sizes)
					}
				]
			: []),
		{
			code: combineGradShader(sizes),
			buffers: {
				...read,
				gates: shortcut && gateOf(lane, shortcut.gate),
				// Its standard deviation follows.
				metrics: metric(blockOutputGradientNorms, block, 2),
				deadShare: metric(deadShares, layer, 1)
			},
			workgroups: (images) => mapWorkgroups(sizes.z, images)
		}
	];
}

function convBackwardKernel(lane: Resources, { conv }: Of<'kernelGrad'>): Dispatch[] {
	const { maps, scratch, parameters } = lane;
	const sizes = kernelGradSizes(lane, conv);
	return [
		{
			code: kernelGradShader(sizes),
			buffers: { source: maps[conv.x], dy: maps[conv.y], parts: scratch },
			workgroups: kernelGradWorkgroups(sizes)
		},
		{
			code: kernelGradSumShader(sizes),
			buffers: {
				parts: scratch,
				gradient: parameters.region(parameters.gradients, conv.weights)
			},
			workgroups: kernelGradSumWorkgroups(sizes)
		}
	];
}

function convBackwardInput(lane: Resources, op: Of<'inputGrad'>): Dispatch[] {
	const { maps, parameters } = lane;
	const { conv, dx } = op;
	const { backward } = parameters.packed[conv.weights];
	return [convDispatch(inputGradSizes(lane, op), maps[conv.y], backward, maps[dx])];
}

function subsampleBackward(
	{ grids, maps }: Resources,
	{ from, to, stride }: Of<'subsampleGrad'>
): Dispatch[] {
	const sizes = { small: grids[from], large: grids[to], stride };
	return [
		{
			code: subsampleGradShader(sizes),
			buffers: { small: maps[from], large: maps[to] },
			workgroups: (images) => subsampleGradWorkgroups(sizes, images)
		}
	];
}
