/** The draws of the backward pass. Draws that do something in place change the textures that later ones read. */
import { numberAt } from '../metrics';
import { dispatchesOf, type BackwardTable } from '../plan/dispatches';
import { shiftOf, type BackwardOp } from '../plan/plan';
import {
	affineGradShader,
	blockShader,
	combineGradShader,
	combineGradSumsShader,
	combineGradVectorsShader,
	deadShader,
	gradSumLayers,
	shortcutGradShader,
	subsampleGradShader
} from './combine';
import {
	inputGradShader,
	kernelGradShader,
	kernelGradSlices,
	kernelGradSumShader,
	kernelGradTexels
} from './conv';
import { denseGradShader, featureGradShader, poolGradShader } from './head';
import { ROW } from './layout';
import { rowArea, texelArea } from './places';
import type { Area, Dispatch } from './programs';
import {
	combineSizes,
	convSizes,
	headSizes,
	replacing,
	type Lasting,
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

function headBackward(lane: Resources, { head, dz }: Of<'headGrad'>): Dispatch[] {
	const { features, logits, labels, rows, dFeatures, maps, parameters } = lane;
	const sizes = headSizes(lane);
	const gradient = (of: 'kernel' | 'bias', parameter: number): Dispatch => ({
		code: denseGradShader({ ...sizes, of }),
		inputs: { features, logits, labels, rows },
		targets: [parameters.gradients],
		area: parameterArea(lane, parameter)
	});
	return [
		gradient('kernel', head.weights),
		...(head.bias === null ? [] : [gradient('bias', head.bias)]),
		{
			code: featureGradShader(sizes),
			inputs: { values: parameters.values.now, logits, labels, rows },
			targets: [dFeatures]
		},
		{ code: poolGradShader(sizes), inputs: { dFeatures }, targets: [maps[dz]] }
	];
}

function combineBackward(lane: Resources, { combine, dz, keep }: Of<'combineGrad'>): Dispatch[] {
	const { maps, metrics, metricPlaces, parameters, gates } = lane;
	const { norm, shortcut, block, layer } = combine;
	const sizes = combineSizes(lane, combine);
	const vectors = lane.vectors[combine.y];
	const sums = lane.sums[combine.y];
	const parts = lane.parts(sizes.slices, sizes.z.groups, gradSumLayers(sizes));
	const { first } = parameters.places[shiftOf(combine)];
	const { blockOutputGradientNorms, deadShares } = metricPlaces.places;
	const read = { dz: maps[dz], z: maps[combine.z] };
	const map = maps[combine.y];
	const metric = (code: string, number: number): Dispatch => ({
		code,
		inputs: { parts },
		targets: [metrics],
		area: texelArea(number)
	});
	return [
		{
			code: combineGradSumsShader(sizes),
			inputs: { ...read, map, vectors },
			targets: [parts]
		},
		{ code: combineGradVectorsShader(sizes), inputs: { parts, vectors }, targets: [sums] },
		{
			code: affineGradShader(sizes),
			first,
			inputs: { sums },
			targets: [parameters.gradients],
			area: rowArea(first, norm ? 2 * ROW : ROW)
		},
		...(block === null
			? []
			: [metric(blockShader(sizes), numberAt(blockOutputGradientNorms, block))]),
		...(layer !== null && sizes.dead
			? [metric(deadShader(sizes), numberAt(deadShares, layer))]
			: []),
		replacing(lane, combine.y, {
			code: combineGradShader(sizes),
			inputs: { ...read, map, vectors, sums }
		}),
		...(keep && shortcut
			? [
					replacing(lane, dz, {
						code: shortcutGradShader(sizes),
						inputs: read,
						gate: () => gates[shortcut.gate]
					})
				]
			: [])
	];
}

function convBackwardKernel(lane: Resources, { conv }: Of<'kernelGrad'>): Dispatch[] {
	const { maps, parameters } = lane;
	const sizes = convSizes(lane, conv);
	const [width, layers] = kernelGradTexels(sizes);
	const parts = lane.parts(width, kernelGradSlices(sizes), layers);
	return [
		{
			code: kernelGradShader(sizes),
			inputs: { x: maps[conv.x], dy: maps[conv.y] },
			targets: [parts]
		},
		{
			code: kernelGradSumShader(sizes),
			first: parameters.places[conv.weights].first,
			inputs: { parts },
			targets: [parameters.gradients],
			area: parameterArea(lane, conv.weights)
		}
	];
}

function convBackwardInput(lane: Resources, { conv, dx, accumulate }: Of<'inputGrad'>): Dispatch[] {
	const { maps, parameters } = lane;
	const draw = {
		code: inputGradShader({ ...convSizes(lane, conv), accumulate }),
		first: parameters.places[conv.weights].first,
		inputs: { dy: maps[conv.y], kernels: parameters.values.now }
	};
	if (!accumulate) return [{ ...draw, targets: [maps[dx]] }];
	return [replacing(lane, dx, { ...draw, inputs: { ...draw.inputs, before: maps[dx] } })];
}

function subsampleBackward(lane: Resources, { from, to, stride }: Of<'subsampleGrad'>): Dispatch[] {
	const { layouts, maps } = lane;
	return [
		replacing(lane, to, {
			code: subsampleGradShader({ small: layouts[from], large: layouts[to], stride }),
			inputs: { small: maps[from], large: maps[to] }
		})
	];
}

function parameterArea({ parameters }: Lasting, parameter: number): Area {
	const { first, texels } = parameters.places[parameter];
	return rowArea(first, texels);
}
