/**
 * Defines a study: something measured on the networks beside training. It has a specification, reports its findings one
 * by one, and is kept with the run. `index.ts` has the table of studies; `measures.ts` has the measurements, which run
 * with the engine in the worker.
 */
import { indexSchema } from '$lib/base/numbers';
import type { AnalysedNetwork } from '$lib/network';
import * as v from 'valibot';

export interface StudyTypes {
	/** The specification; null if there is nothing to choose. */
	readonly spec: unknown;
	/** The note in an experiment, and thus in a link, that asks for the study; null if none can. */
	readonly note: unknown;
	/** A finding, reported during the measurement. */
	readonly found: unknown;
	/** All findings that a run keeps. */
	readonly kept: unknown;
	/** The property of a record that holds the findings; null if records do not keep them. */
	readonly key: string | null;
}

export interface Study<T extends StudyTypes> {
	/** What a run keeps before there are findings. */
	readonly nothing: T['kept'];
	/** Adds a new finding to those kept. */
	readonly merge: (kept: T['kept'], found: T['found']) => T['kept'];
	/** Which findings remain when the run goes back to a step; absent if all do. */
	readonly upTo?: (kept: T['kept'], step: number) => T['kept'];
	/** Set if findings do not depend on the run, so that the next run keeps them. */
	readonly outlivesRun?: true;
	readonly asked: T['note'] extends null ? null : Asked<T>;
	readonly recorded: T['key'] extends string ? Recorded<T> : null;
}

export interface Asked<T extends StudyTypes> {
	readonly schema: v.GenericSchema<unknown, T['note']>;
	/** The note for a specification; undefined if there is nothing to note. */
	readonly note: (spec: T['spec']) => T['note'] | undefined;
}

export interface Recorded<T extends StudyTypes> {
	readonly key: NonNullable<T['key']>;
	readonly schema: v.GenericSchema<unknown, T['kept']>;
	/** Converts the findings to plain JSON; by default they are JSON already. */
	readonly write?: (kept: T['kept']) => unknown;
	/** Finds a disagreement with the run's networks, or null; by default there is none. */
	readonly check?: (kept: T['kept'], networks: readonly AnalysedNetwork[]) => Disagreement | null;
}

/** A place where a value disagrees with the rest, with what was expected and received, in English. */
export interface Disagreement {
	readonly path: string;
	readonly detail: string;
}

/** Number of steps that the training error at the end of a run is averaged over. */
export const LAST_STEPS = 20;

/** Fields, for a schema, of a result about one lane after `step` updates. */
export const laneEntries = { step: indexSchema, lane: indexSchema };
/** A result about one lane after `step` updates. */
export type LaneResult = { readonly [K in keyof typeof laneEntries]: number };

/** The latest result about a lane up to a step, or null if there is none. */
export function latestOf<F extends LaneResult>(
	kept: readonly F[],
	lane: number,
	step = Infinity
): F | null {
	return kept.findLast((found) => found.lane === lane && found.step <= step) ?? null;
}

/** Merges a finding into those kept in the place of the one that agrees with it in these fields. */
export const oneFor =
	<F>(...fields: readonly (keyof F)[]) =>
	(kept: readonly F[], found: F): readonly F[] => [
		...kept.filter((each) => fields.some((field) => each[field] !== found[field])),
		found
	];

export const upToStep = <F extends { readonly step: number }>(
	kept: readonly F[],
	step: number
): readonly F[] => kept.slice(0, kept.findLastIndex((found) => found.step <= step) + 1);

/** Describes an index that is out of range, in English; null if it is in range. */
export const outOfRange = (what: string, index: number, count: number): string | null =>
	index < count ? null : `expected a ${what} from 0 to ${count - 1}, received ${index}`;

/** Checks results by lane: reports a lane that the run does not have, or what `of` finds wrong with a result. */
export function checkLanes<F extends LaneResult>(
	kept: readonly F[],
	networks: readonly AnalysedNetwork[],
	of: (found: F, network: AnalysedNetwork) => Disagreement | null = () => null
): Disagreement | null {
	for (const [i, found] of kept.entries()) {
		const { lane } = found;
		const detail = outOfRange('lane', lane, networks.length);
		if (detail) return { path: `${i}.lane`, detail };
		const problem = of(found, networks[lane]);
		if (problem) return { ...problem, path: `${i}.${problem.path}` };
	}
	return null;
}

/** A study that has no settings, measures one lane after the other, and of which a run keeps all results. */
export interface LaneStudy<F extends LaneResult, Key extends string> {
	readonly spec: null;
	readonly note: null;
	readonly found: F;
	readonly kept: readonly F[];
	readonly key: Key;
}

/** @param wrong the check of a single result, passed to `checkLanes` */
export const laneStudy = <F extends LaneResult, Key extends string>(
	key: Key,
	schema: v.GenericSchema<unknown, F>,
	wrong?: Parameters<typeof checkLanes<F>>[2]
) => ({
	nothing: [],
	merge: (kept: readonly F[], found: F) => [...kept, found],
	upTo: upToStep,
	asked: null,
	recorded: {
		key,
		schema: v.array(schema),
		check: (kept: readonly F[], networks: readonly AnalysedNetwork[]) =>
			checkLanes(kept, networks, wrong)
	}
});
