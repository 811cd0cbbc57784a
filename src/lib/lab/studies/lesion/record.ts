/** Test errors of a network without each of its blocks (Veit, Wilber and Belongie 2016), as values. */
import * as v from 'valibot';
import type { Immutable } from '$lib/base/immutable';
import { indexSchema, shareSchema } from '$lib/base/numbers';
import { checkLanes, upToStep, type Study } from '../study';

const recordSchema = v.object({
	step: indexSchema,
	lane: indexSchema,
	images: indexSchema,
	/** Of the whole network. */
	whole: shareSchema,
	/** By block; null where nothing fits without it. */
	without: v.array(v.nullable(shareSchema))
});
/** Test errors of one lane after `step` updates. */
export type LesionRecord = Immutable<v.InferOutput<typeof recordSchema>>;

export interface LesionStudy {
	readonly spec: null;
	readonly note: null;
	readonly found: LesionRecord;
	readonly kept: readonly LesionRecord[];
	readonly key: 'lesions';
}

export const lesion: Study<LesionStudy> = {
	nothing: [],
	merge: (kept, found) => [...kept, found],
	upTo: upToStep,
	asked: null,
	recorded: {
		key: 'lesions',
		schema: v.array(recordSchema),
		check: (kept, networks) =>
			checkLanes(kept, networks, ({ without }, { blocks }) =>
				without.length === blocks.length
					? null
					: {
							path: 'without',
							detail: `expected ${blocks.length} test errors, received ${without.length}`
						}
			)
	}
};
