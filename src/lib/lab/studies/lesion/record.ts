/** Test errors of a network without each of its blocks (Veit, Wilber and Belongie 2016), as values. */
import * as v from 'valibot';
import type { Immutable } from '$lib/base/immutable';
import { indexSchema, shareSchema } from '$lib/base/numbers';
import { putAside, scalesDisagree, scalesSchema } from '../scales';
import { laneEntries, laneStudy, type LaneStudy } from '../study';

const recordSchema = v.object({
	...laneEntries,
	images: indexSchema,
	/** Test error of the whole network, 0…1. */
	whole: shareSchema,
	/** Test error without each block, 0…1; null if the network does not fit together without it. */
	without: v.array(v.nullable(shareSchema)),
	scales: scalesSchema,
	/** Test error with the branches of all blocks that the network has put aside at 0, 0…1; absent if it has none. */
	withoutAside: v.optional(shareSchema)
});
/** Test errors of one lane after `step` updates. */
export type LesionRecord = Immutable<v.InferOutput<typeof recordSchema>>;

export type LesionStudy = LaneStudy<LesionRecord, 'lesions'>;
export const lesion = laneStudy<LesionRecord, 'lesions'>(
	'lesions',
	recordSchema,
	({ without, scales }, { blocks }) => {
		if (without.length !== blocks.length)
			return {
				path: 'without',
				detail: `expected ${blocks.length} test errors, received ${without.length}`
			};
		return scalesDisagree(scales, blocks.length);
	}
);

/** How many blocks a network has put aside, and whether those are the ones that it can do without. */
export interface Aside {
	/** Number of blocks put aside, and of all that have a learned scale. */
	readonly aside: number;
	readonly blocks: number;
	/** The smallest |α|. */
	readonly least: number;
	/** Of those put aside, the number that can be removed. */
	readonly removable: number;
	/** Of these, the number that are among as many blocks whose removal costs least. */
	readonly cheapest: number;
	/** Test errors of the whole network, and without the branches put aside, 0…1. */
	readonly whole: number;
	readonly without: number;
	readonly images: number;
}

/** Reads from a lesion study what the network has put aside; null for a network without learned scales. */
export function asideOf({
	scales,
	whole,
	without,
	withoutAside,
	images
}: LesionRecord): Aside | null {
	if (!scales) return null;
	const sizes = scales.flatMap((scale) => (scale === null ? [] : [Math.abs(scale)]));
	const aside = putAside(scales);
	const costs = without.filter((error) => error !== null).sort((a, b) => a - b);
	const removed = aside.flatMap((block) => without[block] ?? []);
	const limit = costs[removed.length - 1] ?? NaN;
	return {
		aside: aside.length,
		blocks: sizes.length,
		least: Math.min(...sizes),
		removable: removed.length,
		cheapest: removed.filter((error) => error <= limit).length,
		whole,
		without: withoutAside ?? whole,
		images
	};
}
