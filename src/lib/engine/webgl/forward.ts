/** The draws of the forward pass. */
import { dispatchesOf, type ForwardTable } from '../plan/dispatches';
import { shiftOf } from '../plan/plan';
import { combineShader, imageStatisticsShader, momentsShader, statisticsShader } from './combine';
import { convShader } from './conv';
import { denseShader, lossShader, poolShader, softmaxShader } from './head';
import { texelArea } from './places';
import type { Dispatch } from './programs';
import { combineSizes, convSizes, headSizes, type Resources } from './resources';

export const FORWARD: ForwardTable<Resources, Dispatch> = {
	conv(lane, op) {
		const { maps, parameters } = lane;
		return [
			{
				code: convShader(convSizes(lane, op)),
				first: parameters.places[op.weights].first,
				inputs: { x: maps[op.x], kernels: parameters.values.now },
				targets: [maps[op.y]]
			}
		];
	},

	combine(lane, op) {
		const { maps, gates, parameters } = lane;
		const { norm, shortcut } = op;
		const sizes = combineSizes(lane, op);
		const y = maps[op.y];
		const { vectors } = lane.channels[op.z];
		const parts = lane.parts(sizes.slices, sizes.z.groups, 3);
		const running = norm?.over === 'batch' ? parameters.running[norm.index] : null;
		const moments: Dispatch = {
			code: momentsShader(sizes),
			inputs: { map: y },
			targets: [parts],
			...(running && { when: 'training' })
		};
		const shift = shiftOf(op);
		const statistics = (shift: number): Dispatch => ({
			code: norm?.over === 'image' ? imageStatisticsShader(sizes) : statisticsShader(sizes),
			first: parameters.places[shift].first,
			inputs: {
				values: parameters.values.now,
				...(norm && { parts }),
				...(running && { running: running.now })
			},
			targets: [vectors, ...(running ? [running.next] : [])]
		});
		return [
			...(norm ? [moments] : []),
			...(shift === null ? [] : [statistics(shift)]),
			{
				code: combineShader(sizes),
				inputs: {
					y,
					...(shift !== null && { vectors }),
					...(shortcut && { shortcut: maps[shortcut.from] })
				},
				targets: [maps[op.z]],
				...(shortcut && { gate: () => (shortcut.gate === null ? 1 : gates[shortcut.gate]) })
			}
		];
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

/** Pooling, dense layer, softmax, loss. */
export function lossDispatches(lane: Resources): Dispatch[] {
	const { plan, maps, labels, metrics, features, logits, rows, parameters } = lane;
	const sizes = headSizes(lane);
	return [
		{ code: poolShader(sizes), inputs: { z: maps[plan.head.z] }, targets: [features] },
		{
			code: denseShader(sizes),
			inputs: { features, values: parameters.values.now },
			targets: [logits]
		},
		{ code: softmaxShader(sizes), inputs: { logits, labels }, targets: [rows] },
		{ code: lossShader(), inputs: { rows }, targets: [metrics], area: texelArea(0) }
	];
}
