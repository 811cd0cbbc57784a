/** Test errors with the blocks of a network in other orders (Veit, Wilber and Belongie 2016, §4.3), as values. */
import * as v from 'valibot';
import type { Immutable } from '$lib/base/immutable';
import { indexSchema, shareSchema } from '$lib/base/numbers';
import { laneEntries, laneStudy, type LaneStudy } from '../study';
import { unfit } from '../surgery';

const recordSchema = v.object({
	...laneEntries,
	images: indexSchema,
	/** Test error with the blocks in their own order, 0…1. */
	whole: shareSchema,
	shuffled: v.array(
		v.object({
			/** For each place, the index of the block whose weights are there. */
			order: v.array(indexSchema),
			/** Kendall's rank correlation with the network's own order. */
			tau: v.pipe(v.number(), v.minValue(-1), v.maxValue(1)),
			error: shareSchema
		})
	)
});
export type ShuffleRecord = Immutable<v.InferOutput<typeof recordSchema>>;
export type ShuffledError = ShuffleRecord['shuffled'][number];

/** Most orders that a network is tested in. */
export const SHUFFLES = 12;

export type ShuffleStudy = LaneStudy<ShuffleRecord, 'shuffles'>;
export const shuffle = laneStudy<ShuffleRecord, 'shuffles'>(
	'shuffles',
	recordSchema,
	({ shuffled }, network) => {
		for (const [k, { order }] of shuffled.entries()) {
			const detail = unfit(network, { kind: 'reorder', order });
			if (detail) return { path: `shuffled.${k}.order`, detail };
		}
		return null;
	}
);
