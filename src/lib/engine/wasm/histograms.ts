/** Counts a step's histograms (`engine/histogram.ts`): maps by a kernel where they are, kernels of layers here. */
import { BINS, binsAt, countedMaps, countKernels, noCounts } from '../histogram';
import { walk } from './places';
import type { Resources } from './resources';

/** Tables of counters that each thread fills; see `assembly/histogram.ts`. */
const TABLES = 4;
const COUNTS_BYTES = TABLES * BINS * 4;

/** Histograms of one step, to be called at its places. */
interface Counting {
	/** Counts the maps, after the forward pass. */
	maps(images: number): void;
	/** Counts the kernels, after the update, and returns all counts. */
	end(): Uint32Array;
}

/** Returns a function that begins a step's histograms, before the step. */
export function histogramsOf({ plan, module, parameters, places }: Resources): () => Counting {
	const { layers } = plan.network;
	const tables = module.threads * TABLES;
	const pointer = module.allocate(tables * BINS * 4);
	const maps = countedMaps(plan).map(({ what, layer, buffer }) => {
		const place = places[buffer];
		const real = place.shape.channels;
		const given = { z: place.inner, counts: pointer, countsBytes: COUNTS_BYTES, real };
		return {
			first: binsAt(what, layer, layers.length),
			count: module.kernel('histogram', { ...given, ...walk(place) })
		};
	});
	const kernels = (all: number) => layers.map(({ kernel }) => parameters.view(all, kernel).slice());
	return () => {
		const counts = noCounts(layers.length);
		const before = kernels(parameters.values);
		return {
			maps(images) {
				const found = module.integers(pointer, tables * BINS);
				for (const { first, count } of maps) {
					found.fill(0);
					count({ images });
					for (let at = 0; at < found.length; at += BINS)
						for (let bin = 0; bin < BINS; bin++) counts[first + bin] += found[at + bin];
				}
			},
			end() {
				const gradient = kernels(parameters.gradients);
				countKernels(counts, { gradient, before, after: kernels(parameters.values) });
				return counts;
			}
		};
	};
}
