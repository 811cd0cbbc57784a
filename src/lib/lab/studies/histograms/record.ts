/** Histograms of every layer at some steps, as values: counted during training, as long as their tab is open. */
import * as v from 'valibot';
import { BINS, HISTOGRAMS } from '$lib/engine/engine';
import { checkLanes, laneEntries, upToStep, type LaneResult, type Study } from '../study';

/** The histograms of one lane in the step after which `step` updates are made. */
export interface HistogramsRecord extends LaneResult {
	/** The engine's counts `[HISTOGRAMS][layers][BINS]`, with −n for n zeros in a row. */
	readonly counts: Int32Array;
}

export interface HistogramsStudy {
	readonly spec: null;
	/** A link asks for them by their tab. */
	readonly note: null;
	readonly found: HistogramsRecord;
	readonly kept: readonly HistogramsRecord[];
	readonly key: 'histograms';
}

const countsSchema = v.pipe(
	v.array(v.pipe(v.number(), v.integer())),
	v.transform((counts) => Int32Array.from(counts))
);

export const histograms: Study<HistogramsStudy> = {
	nothing: [],
	merge: (kept, found) => [...kept, found],
	upTo: upToStep,
	asked: null,
	recorded: {
		key: 'histograms',
		schema: v.array(v.object({ ...laneEntries, counts: countsSchema })),
		write: (kept) => kept.map((found) => ({ ...found, counts: [...found.counts] })),
		check: (kept, networks) =>
			checkLanes(kept, networks, ({ counts }, { layers }) => {
				const expected = HISTOGRAMS.length * layers.length * BINS;
				const received = counts.reduce((sum, count) => sum + (count < 0 ? -count : 1), 0);
				if (received === expected) return null;
				return { path: 'counts', detail: `expected ${expected} counts, received ${received}` };
			})
	}
};

/** Counts with −n in the place of n zeros in a row: most bins are empty. */
export function packed(counts: Uint32Array): Int32Array {
	const out: number[] = [];
	let zeros = 0;
	for (const count of counts) {
		if (count && zeros) out.push(-zeros);
		zeros = count ? 0 : zeros + 1;
		if (count) out.push(count);
	}
	if (zeros) out.push(-zeros);
	return Int32Array.from(out);
}

/** The `length` counts from `from` on. */
export function unpacked(counts: Int32Array, from: number, length: number): Uint32Array {
	const out = new Uint32Array(length);
	let at = -from;
	for (const count of counts) {
		if (at >= length) break;
		if (count < 0) at -= count;
		else {
			if (at >= 0) out[at] = count;
			at++;
		}
	}
	return out;
}
