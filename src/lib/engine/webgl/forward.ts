/** The draws of the forward pass. */
import { dropoutIndex } from '../device/dropout';
import { dispatchesOf, type ForwardTable } from '../plan/dispatches';
import { shiftOf } from '../plan/plan';
import { combineShader, imageStatisticsShader, momentsShader, statisticsShader } from './combine';
import { convShader } from './conv';
import { concatShader, dropShader, multiplyShader, scaleShader } from './elementwise';
import { denseShader, featuresShader, lossShader, softmaxShader } from './head';
import { lrnShader } from './lrn';
import { poolShader } from './pooling';
import { texelArea } from './places';
import type { Dispatch } from './programs';
import {
	combineSizes,
	convSizes,
	headOf,
	headSizes,
	joined,
	multiplySizes,
	type Resources
} from './resources';

const FORWARD: ForwardTable<Resources, Dispatch> = {
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

	pool({ layouts, maps }, op) {
		const sizes = { ...op, x: layouts[op.x], z: layouts[op.z] };
		return [{ code: poolShader(sizes), inputs: { x: maps[op.x] }, targets: [maps[op.z]] }];
	},

	lrn({ layouts, maps }, op) {
		const code = lrnShader({ ...op, map: layouts[op.z] });
		return [{ code, inputs: { x: maps[op.x] }, targets: [maps[op.z]] }];
	},

	concat({ layouts, maps }, { from, z }) {
		const inputs = Object.fromEntries(from.map((map, i) => [`part${i}`, maps[map]]));
		const code = concatShader(layouts[z], joined(from, layouts));
		return [{ code, inputs, targets: [maps[z]] }];
	},

	multiply(lane, op) {
		const { maps } = lane;
		const inputs = { source: maps[op.a], factors: maps[op.b] };
		const code = multiplyShader(multiplySizes(lane, op), false);
		return [{ code, inputs, targets: [maps[op.z]] }];
	},

	scale({ layouts, maps, parameters }, { x, z, parameter }) {
		return [
			{
				code: scaleShader(layouts[z], false),
				first: parameters.places[parameter].first,
				inputs: { source: maps[x], values: parameters.values.now },
				targets: [maps[z]]
			}
		];
	},

	drop({ plan, layouts, maps }, op) {
		return [
			{
				code: dropShader(layouts[op.z], op, false),
				inputs: { source: maps[op.x] },
				targets: [maps[op.z]],
				dropout: dropoutIndex(plan, op.node)
			}
		];
	}
};

export const forwardDispatches = (lane: Resources): Dispatch[] =>
	dispatchesOf(lane, lane.plan.forward, FORWARD);

/** Of every head: pooling, dense layer, softmax; of the network's own, the loss. */
export function lossDispatches(lane: Resources): Dispatch[] {
	const { plan, maps, labels, metrics, parameters } = lane;
	return [plan.head, ...plan.auxiliary].flatMap((head): Dispatch[] => {
		const sizes = headSizes(lane, head);
		const { features, logits, rows } = headOf(lane, head);
		const loss = { code: lossShader(), inputs: { rows }, targets: [metrics], area: texelArea(0) };
		return [
			{
				code: featuresShader(sizes),
				inputs: { z: maps[head.z] },
				targets: [features],
				dropout: dropoutIndex(plan, head.dropoutNode)
			},
			{
				code: denseShader(sizes),
				inputs: { features, values: parameters.values.now },
				targets: [logits]
			},
			{ code: softmaxShader(sizes), inputs: { logits, labels }, targets: [rows] },
			...(head.auxiliary ? [] : [loss])
		];
	});
}
