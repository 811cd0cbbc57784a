/** The draws of the backward pass. An in-place draw changes which textures later draws read. */
import { dropoutIndex } from '../device/dropout';
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
	measureSizes,
	scaleGradShader,
	scaleGradSumsShader,
	SLICES,
	shortcutGradShader,
	subsampleGradShader
} from './combine';
import { inputGradShader, kernelGradShader, kernelGradSumShader, kernelGradTexels } from './conv';
import {
	concatGradShader,
	dropShader,
	factorGradShader,
	multiplyShader,
	scaleShader
} from './elementwise';
import { denseGradShader, featureGradShader, featuresGradShader } from './head';
import { ROW } from './layout';
import { lrnGradShader } from './lrn';
import { poolGradShader } from './pooling';
import { rowArea, texelArea } from './places';
import type { Area, Dispatch } from './programs';
import {
	combineSizes,
	convSizes,
	headOf,
	headSizes,
	joined,
	multiplySizes,
	replacing,
	type Lasting,
	type Resources
} from './resources';

const BACKWARD: BackwardTable<Resources, Dispatch> = {
	headGrad(lane, { head, dx }) {
		const { plan, labels, parameters } = lane;
		const { features, logits, rows, dFeatures } = headOf(lane, head);
		const { weights, bias } = head;
		const sizes = headSizes(lane, head);
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
			toTarget(lane, dx, false, {
				code: featuresGradShader(sizes, dx.accumulate),
				inputs: { dFeatures },
				dropout: dropoutIndex(plan, head.dropoutNode)
			})
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
		const parts = lane.parts(...kernelGradTexels(sizes));
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

	poolGrad(lane, { pool, dz, dx }) {
		const { layouts, maps } = lane;
		const sizes = { ...pool, x: layouts[pool.x], z: layouts[pool.z] };
		return [
			toTarget(lane, dx, false, {
				code: poolGradShader(sizes, dx.accumulate),
				inputs: { dz: maps[dz], ...(pool.of === 'max' && { x: maps[pool.x] }) }
			})
		];
	},

	lrnGrad(lane, { lrn, dz, dx }) {
		const { layouts, maps } = lane;
		return [
			toTarget(lane, dx, false, {
				code: lrnGradShader({ ...lrn, map: layouts[lrn.z] }, dx.accumulate),
				inputs: { x: maps[lrn.x], dz: maps[dz] }
			})
		];
	},

	concatGrad(lane, { concat, dz, dx }) {
		const { layouts, maps } = lane;
		return joined(concat.from, layouts).flatMap((part, i) => {
			const to = dx[i];
			if (!to) return [];
			const code = concatGradShader(part, layouts[dz], to.accumulate);
			return [toTarget(lane, to, false, { code, inputs: { dz: maps[dz] } })];
		});
	},

	multiplyGrad(lane, { multiply, dz, da, db }) {
		const { maps } = lane;
		const sizes = multiplySizes(lane, multiply);
		const [a, factors] = [maps[multiply.a], maps[multiply.b]];
		const ofA = (to: Target) =>
			toTarget(lane, to, false, {
				code: multiplyShader(sizes, to.accumulate),
				inputs: { source: maps[dz], factors }
			});
		const ofB = (to: Target) =>
			toTarget(lane, to, false, {
				code: factorGradShader(sizes, to.accumulate),
				inputs: { dz: maps[dz], a }
			});
		return [...(da ? [ofA(da)] : []), ...(db ? [ofB(db)] : [])];
	},

	scaleGrad(lane, { scale, dz, dx }): Dispatch[] {
		const { layouts, maps, parameters } = lane;
		const map = layouts[dz];
		const { first } = parameters.places[scale.parameter];
		const values = parameters.values.now;
		const parts = lane.parts(SLICES, map.groups, 1);
		const ofX = (to: Target) =>
			toTarget(lane, to, false, {
				code: scaleShader(map, to.accumulate),
				first,
				inputs: { source: maps[dz], values }
			});
		return [
			{
				code: scaleGradSumsShader(map),
				inputs: { dz: maps[dz], x: maps[scale.x] },
				targets: [parts]
			},
			{
				code: scaleGradShader(map, scale.penalty),
				first,
				inputs: { parts, ...(scale.penalty && { values }) },
				targets: [parameters.gradients],
				area: parameterArea(lane, scale.parameter)
			},
			...(dx ? [ofX(dx)] : [])
		];
	},

	dropGrad(lane, { drop, dz, dx }) {
		const { plan, layouts, maps } = lane;
		return [
			toTarget(lane, dx, false, {
				code: dropShader(layouts[dz], drop, dx.accumulate),
				inputs: { source: maps[dz] },
				dropout: dropoutIndex(plan, drop.node)
			})
		];
	},

	measure(lane, op): Dispatch[] {
		const { layouts, maps, metrics, metricPlaces } = lane;
		const sizes = measureSizes(layouts[op.z]);
		const parts = lane.parts(sizes.slices, sizes.z.groups, gradSumLayers(sizes));
		const { blockOutputGradientNorms } = metricPlaces.places;
		return [
			{
				code: combineGradSumsShader(sizes),
				inputs: { dz: maps[op.dz], z: maps[op.z] },
				targets: [parts]
			},
			{
				code: blockShader(sizes),
				inputs: { parts },
				targets: [metrics],
				area: texelArea(numberAt(blockOutputGradientNorms, op.block))
			}
		];
	}
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
