/** Test errors of a network without each of its blocks (Veit, Wilber and Belongie 2016), as values. */
import * as v from 'valibot';
import type { Immutable } from '$lib/base/immutable';
import { indexSchema, shareSchema } from '$lib/base/numbers';
import { laneEntries, laneStudy, type LaneStudy } from '../study';

const recordSchema = v.object({
	...laneEntries,
	images: indexSchema,
	/** Test error of the whole network, 0…1. */
	whole: shareSchema,
	/** Test error without each block, 0…1; null if the network does not fit together without it. */
	without: v.array(v.nullable(shareSchema))
});
/** Test errors of one lane after `step` updates. */
export type LesionRecord = Immutable<v.InferOutput<typeof recordSchema>>;

export type LesionStudy = LaneStudy<LesionRecord, 'lesions'>;
export const lesion = laneStudy<LesionRecord, 'lesions'>(
	'lesions',
	recordSchema,
	({ without }, { blocks }) =>
		without.length === blocks.length
			? null
			: {
					path: 'without',
					detail: `expected ${blocks.length} test errors, received ${without.length}`
				}
);
