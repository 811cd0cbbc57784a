/** Test errors of a network without each of its blocks (Veit, Wilber and Belongie 2016), as values. */
import * as v from 'valibot';
import { indexSchema, shareSchema } from '$lib/base/numbers';
import { checkLanes, upToStep, type Study } from '../study';

/** Test errors, 0…1, of one lane after `step` updates. */
export interface LesionRecord {
	readonly step: number;
	readonly lane: number;
	readonly images: number;
	/** Of the whole network. */
	readonly whole: number;
	/** By block; null where nothing fits without it. */
	readonly without: readonly (number | null)[];
}

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
		schema: v.array(
			v.object({
				step: indexSchema,
				lane: indexSchema,
				images: indexSchema,
				whole: shareSchema,
				without: v.array(v.nullable(shareSchema))
			})
		),
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
