/** Test errors with the blocks of a network in other orders (Veit, Wilber and Belongie 2016, §4.3), as values. */
import * as v from 'valibot';
import { indexSchema, shareSchema } from '$lib/base/numbers';
import { checkLanes, upToStep, type Study } from '../study';
import { unfit } from '../surgery';

export interface ShuffleRecord {
	readonly step: number;
	readonly lane: number;
	readonly images: number;
	/** With its blocks in their own order. */
	readonly whole: number;
	readonly shuffled: readonly ShuffledError[];
}

export interface ShuffledError {
	/** Which block's weights stand at each place. */
	readonly order: readonly number[];
	/** Kendall's rank correlation with the network's own order. */
	readonly tau: number;
	readonly error: number;
}

/** Orders that a network is tested in at most. */
export const SHUFFLES = 12;

export interface ShuffleStudy {
	readonly spec: null;
	readonly note: null;
	readonly found: ShuffleRecord;
	readonly kept: readonly ShuffleRecord[];
	readonly key: 'shuffles';
}

export const shuffle: Study<ShuffleStudy> = {
	nothing: [],
	merge: (kept, found) => [...kept, found],
	upTo: upToStep,
	asked: null,
	recorded: {
		key: 'shuffles',
		schema: v.array(
			v.object({
				step: indexSchema,
				lane: indexSchema,
				images: indexSchema,
				whole: shareSchema,
				shuffled: v.array(
					v.object({
						order: v.array(indexSchema),
						tau: v.pipe(v.number(), v.minValue(-1), v.maxValue(1)),
						error: shareSchema
					})
				)
			})
		),
		check: (kept, networks) =>
			checkLanes(kept, networks, ({ shuffled }, network) => {
				for (const [k, { order }] of shuffled.entries()) {
					const detail = unfit(network, { kind: 'reorder', order });
					if (detail) return { path: `shuffled.${k}.order`, detail };
				}
				return null;
			})
	}
};
