/** The draws of the backward pass. An in-place draw changes which textures later draws read. */
import { numberAt, type Row } from '../metrics';
import { dispatchesOf, type BackwardTable } from '../plan/dispatches';
import { shiftOf, type Target } from '../plan/plan';
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

export const BACKWARD: BackwardTable<Resources, Dispatch> = {
	headGrad(lane, { dx: { buffer: dz } }) {
		const { plan, features, logits, labels, rows, dFeatures, maps, parameters } = lane;
		const { weights, bias } = plan.head;
		const sizes = headSizes(lane);
		const gradient = (of: 'kernel' | 'bias', parameter: number): Dispatch => ({
			code: denseGradShader(sizes, of),
			inputs: { features, logits, labels, rows },
			targets: [parameters.gradients],
			area: parameterArea(lane, parameter)
		});
		return [
			gradient('kernel', weights),
			...(bias === null ? [] : [gradient('bias', bias)]),
			{
				code: featureGradShader(sizes),
				inputs: { values: parameters.values.now, logits, labels, rows },
				targets: [dFeatures]
			},
			{ code: poolGradShader(sizes), inputs: { dFeatures }, targets: [maps[dz]] }
		];
	},

	combineGrad(lane, { combine, keep, dy, ...op }) {
		const { maps, metrics, metricPlaces, parameters, gates } = lane;
		const { norm, shortcut, block, layer } = combine;
		const sizes = combineSizes(lane, combine);
		const { vectors, sums } = lane.channels[combine.z];
		const parts = lane.parts(sizes.slices, sizes.z.groups, gradSumLayers(sizes));
		const shift = shiftOf(combine);
		const { blockOutputGradientNorms, deadShares } = metricPlaces.places;
		const [dz, z, map] = [maps[op.dz], maps[combine.z], maps[combine.y]];
		const metric = (code: string, row: Row, i: number): Dispatch => ({
			code,
			inputs: { parts },
			targets: [metrics],
			area: texelArea(numberAt(row, i))
		});
		const ofAffine = (first: number): Dispatch[] => [
			{ code: combineGradVectorsShader(sizes), inputs: { parts, vectors }, targets: [sums] },
			{
				code: affineGradShader(sizes),
				first,
				inputs: { sums },
				targets: [parameters.gradients],
				area: rowArea(first, norm ? 2 * ROW : ROW)
			}
		];
		const affine = shift !== null && { map, vectors };
		const summed: Dispatch = {
			code: combineGradSumsShader(sizes),
			inputs: { dz, z, ...affine },
			targets: [parts]
		};
		return [
			...(affine || sizes.block || sizes.dead ? [summed] : []),
			...(shift === null ? [] : ofAffine(parameters.places[shift].first)),
			...(block === null ? [] : [metric(blockShader(sizes), blockOutputGradientNorms, block)]),
			...(layer === null || !sizes.dead ? [] : [metric(deadShader(sizes), deadShares, layer)]),
			...(dy
				? [
						toTarget(lane, dy, affine !== false && dy.buffer === combine.y, {
							code: combineGradShader(sizes, dy.accumulate),
							inputs: { dz, z, ...(affine && { ...affine, sums }) }
						})
					]
				: []),
			...(keep && shortcut
				? [
						replacing(lane, op.dz, {
							code: shortcutGradShader(sizes),
							inputs: { dz, z },
							gate: () => (shortcut.gate === null ? 1 : gates[shortcut.gate])
						})
					]
				: [])
		];
	},

	kernelGrad(lane, { conv, dy }): Dispatch[] {
		const { maps, parameters } = lane;
		const sizes = convSizes(lane, conv);
		const [width, layers] = kernelGradTexels(sizes);
		const parts = lane.parts(width, kernelGradSlices(sizes), layers);
		return [
			{
				code: kernelGradShader(sizes),
				inputs: { x: maps[conv.x], dy: maps[dy] },
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
	},

	inputGrad(lane, { conv, dy, dx }) {
		const { maps, parameters } = lane;
		return [
			toTarget(lane, dx, false, {
				code: inputGradShader(convSizes(lane, conv), dx.accumulate),
				first: parameters.places[conv.weights].first,
				inputs: { dy: maps[dy], kernels: parameters.values.now }
			})
		];
	},

	subsampleGrad(lane, { from, to, stride }) {
		const { layouts, maps } = lane;
		return [
			replacing(lane, to, {
				code: subsampleGradShader(layouts[from], layouts[to], stride),
				inputs: { small: maps[from], large: maps[to] }
			})
		];
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

/**
 * A draw that writes a gradient, or reads what it adds to as `before`.
 * @param reads whether the program reads the target otherwise
 */
function toTarget(
	lane: Resources,
	{ buffer, accumulate }: Target,
	reads: boolean,
	draw: Omit<Dispatch, 'targets'>
): Dispatch {
	const { maps } = lane;
	if (accumulate)
		return replacing(lane, buffer, { ...draw, inputs: { ...draw.inputs, before: maps[buffer] } });
	return reads ? replacing(lane, buffer, draw) : { ...draw, targets: [maps[buffer]] };
}

function parameterArea({ parameters }: Lasting, parameter: number): Area {
	const { first, texels } = parameters.places[parameter];
	return rowArea(first, texels);
}
