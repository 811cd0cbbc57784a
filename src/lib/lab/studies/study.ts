/**
 * What a study is as a value: something that is measured on the networks beside training, asked for with a specification,
 * told result by result, and kept with the run. `index.ts` has the table of all of them; `measures.ts` has what measures
 * them with the engine, in the worker.
 */
import { indexSchema } from '$lib/base/numbers';
import type { AnalysedNetwork } from '$lib/network';
import * as v from 'valibot';

export interface StudyTypes {
	/** What it is asked with; null where there is nothing to choose. */
	readonly spec: unknown;
	/** How an experiment, and so a link, asks for it; null where it does not. */
	readonly note: unknown;
	/** What is told while it is measured. */
	readonly found: unknown;
	/** What a run has of it. */
	readonly kept: unknown;
	/** The property of records that has it; null where they do not. */
	readonly key: string | null;
}

export interface Study<T extends StudyTypes> {
	/** What is kept before anything has been found. */
	readonly nothing: T['kept'];
	/** What is kept once something new has been found. */
	readonly merge: (kept: T['kept'], found: T['found']) => T['kept'];
	/** What is left when the run goes back to a step; absent where all is. */
	readonly upTo?: (kept: T['kept'], step: number) => T['kept'];
	/** Does not depend on the run: the next one has it too. */
	readonly outlivesRun?: true;
	readonly asked: T['note'] extends null ? null : Asked<T>;
	readonly recorded: T['key'] extends string ? Recorded<T> : null;
}

export interface Asked<T extends StudyTypes> {
	readonly schema: v.GenericSchema<unknown, T['note']>;
	/** What is noted of a specification; undefined for nothing. */
	readonly note: (spec: T['spec']) => T['note'] | undefined;
}

export interface Recorded<T extends StudyTypes> {
	readonly key: NonNullable<T['key']>;
	readonly schema: v.GenericSchema<unknown, T['kept']>;
	/** As plain JSON; by default as it is. */
	readonly write?: (kept: T['kept']) => unknown;
	/** What does not agree with the run's networks; by default all does. */
	readonly check?: (kept: T['kept'], networks: readonly AnalysedNetwork[]) => Disagreement | null;
}

/** Where something is not as the rest says, and what was expected and received, in English. */
export interface Disagreement {
	readonly path: string;
	readonly detail: string;
}

/** Of what a check says of one lane after `step` updates. */
export const laneEntries = { step: indexSchema, lane: indexSchema };
/** A result about one lane after `step` updates. */
export type LaneResult = { readonly [K in keyof typeof laneEntries]: number };

/** The latest result about a lane up to a step; null when there is none. */
export function latestOf<F extends LaneResult>(
	kept: readonly F[],
	lane: number,
	step = Infinity
): F | null {
	return kept.findLast((found) => found.lane === lane && found.step <= step) ?? null;
}

export const upToStep = <F extends { readonly step: number }>(
	kept: readonly F[],
	step: number
): readonly F[] => kept.slice(0, kept.findLastIndex((found) => found.step <= step) + 1);

/** What is wrong with an index among so many, in English; null when nothing is. */
export const outOfRange = (what: string, index: number, count: number): string | null =>
	index < count ? null : `expected a ${what} from 0 to ${count - 1}, received ${index}`;

/** What `check` says of results by lane: a lane that the run does not have, or what `of` finds wrong with one. */
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

/** A study of one lane after the other, with nothing to choose, of which a run has all results. */
export interface LaneStudy<F extends LaneResult, Key extends string> {
	readonly spec: null;
	readonly note: null;
	readonly found: F;
	readonly kept: readonly F[];
	readonly key: Key;
}

/** @param wrong what `checkLanes` asks of one result */
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
