/** Runs in the browser for `depth-width.mjs`: trains the pair of networks of one cell of a sweep with one seed. */
import { PAIR_KINDS } from '$lib/lab/depths';
import { sweepExperiment } from '$lib/lab/experiment/sweep';
import type { SweepPoint, SweepRun, SweepSpec } from '$lib/lab/studies/sweep/record';
import { Gathered } from '$lib/lab/worker/gathered';
import { trainOn } from './train-page';

/** @throws Error with the failure that the trainer reported, as JSON */
async function runPair(spec: SweepSpec, run: SweepRun): Promise<SweepPoint[]> {
	const gathered = new Gathered(PAIR_KINDS.length, spec.steps);
	await trainOn(sweepExperiment(spec, run), spec.steps, (told) => gathered.take(told));
	const { milliseconds, lanes } = gathered.result();
	return PAIR_KINDS.map((kind, lane) => ({ ...run, kind, milliseconds, ...lanes[lane] }));
}

Object.assign(globalThis, { runPair });
