/** Test errors of a network without each of its blocks (Veit, Wilber and Belongie 2016), as values. */
import * as v from 'valibot';
import type { Immutable } from '$lib/base/immutable';
import { indexSchema, shareSchema } from '$lib/base/numbers';
import { laneEntries, laneStudy, type LaneStudy } from '../study';

const recordSchema = v.object({
	...laneEntries,
	images: indexSchema,
	/** Of the whole network. */
	whole: shareSchema,
	/** By block; null where nothing fits without it. */
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
