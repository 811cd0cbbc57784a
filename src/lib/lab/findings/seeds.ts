/** Finds runs of the same experiment with other seeds among those kept on this machine, to tell how much results depend on the seed. */
import * as v from 'valibot';
import type { Experiment } from '../experiment/experiment';
import { experimentSchema } from '../experiment/schema';
import { historyOf, type History } from '../record/history';
import type { RunEntry, RunStore } from '../store/runs';

export interface SeedRun {
	readonly seed: number;
	readonly history: History;
}

/** Most other seeds that are read; the latest runs come first. */
const MOST_SEEDS = 7;

/** Whether two experiments differ only in their seeds, names, and intervals of evaluation. */
export function sameButSeed(a: Experiment, b: Experiment): boolean {
	return signature(a) === signature(b);
}

function signature(experiment: Experiment): string {
	// Parsing puts the keys in the same order.
	const { lanes, data, recipe, plan } = v.parse(experimentSchema, experiment);
	return JSON.stringify([lanes, data, recipe, plan]);
}

/**
 * The kept runs of the same experiment with other seeds and without changes by hand; of each seed the longest run.
 */
export function otherSeeds(entries: readonly RunEntry[], experiment: Experiment): RunEntry[] {
	const bySeed = new Map<number, RunEntry>();
	for (const entry of entries) {
		const { experiment: own, events } = entry.record;
		const { seed } = own;
		if (seed === experiment.seed || !sameButSeed(own, experiment)) continue;
		if (events.some(({ kind }) => CHANGES.includes(kind))) continue;
		if (entry.steps > (bySeed.get(seed)?.steps ?? 0)) bySeed.set(seed, entry);
	}
	return [...bySeed.values()].slice(0, MOST_SEEDS);
}

const CHANGES = ['gate', 'learning-rate', 'surgery'];

/** Reads the runs that `otherSeeds` names. */
export async function readSeeds(store: RunStore, experiment: Experiment): Promise<SeedRun[]> {
	const entries = otherSeeds(await store.list(), experiment);
	return Promise.all(
		entries.map(async ({ id }) => {
			const { record } = await store.load(id);
			return { seed: record.experiment.seed, history: historyOf(record) };
		})
	);
}

/** The lowest seed, from 1 up, that has not been run. */
export function nextSeed(experiment: Experiment, others: readonly SeedRun[]): number {
	const taken = new Set([experiment.seed, ...others.map(({ seed }) => seed)]);
	let seed = 1;
	while (taken.has(seed)) seed++;
	return seed;
}
