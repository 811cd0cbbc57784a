/** The table of studies, as values: what each is asked with, what it finds, and how a run keeps it. */
import * as v from 'valibot';
import type { AnalysedNetwork } from '$lib/network';
import { confusion, type ConfusionStudy } from './confusion/record';
import { inside, type InsideStudy } from './inside/record';
import { landscape, type LandscapeStudy } from './landscape/record';
import { lesion, type LesionStudy } from './lesion/record';
import { shuffle, type ShuffleStudy } from './shuffle/record';
import { start, type StartStudy } from './start/record';
import type { Asked, Disagreement, Recorded, Study, StudyTypes } from './study';
import { sweepSpecSchema, type SweepSpec } from './sweep/record';

export interface StudyTable {
	lesion: LesionStudy;
	shuffle: ShuffleStudy;
	landscape: LandscapeStudy;
	start: StartStudy;
	inside: InsideStudy;
	confusion: ConfusionStudy;
}
export type StudyName = keyof StudyTable;
export type Spec<S extends StudyName> = StudyTable[S]['spec'];
export type Found<S extends StudyName> = StudyTable[S]['found'];
/** What a run has of every study. */
export type Results = { readonly [S in StudyName]: StudyTable[S]['kept'] };

const STUDIES: { readonly [S in StudyName]: Study<StudyTable[S]> } = {
	lesion,
	shuffle,
	landscape,
	start,
	inside,
	confusion
};

/** The studies that records have, under the names that they have there; absent in records of earlier versions. */
export type RecordedResults = {
	readonly [S in StudyName as Extract<StudyTable[S]['key'], string>]?: StudyTable[S]['kept'];
};

/**
 * What an experiment asks to be measured beside training, so that a link, a record or a lesson opens the same panels with
 * the same settings.
 */
export type Studies = {
	readonly [
		S in StudyName as StudyTable[S]['note'] extends null ? never : S
	]?: StudyTable[S]['note'];
} & { readonly sweep?: SweepSpec };

/** A study with its types forgotten, for what is done with all of them alike. */
type AnyStudy = Omit<Study<StudyTypes>, 'asked' | 'recorded'> & {
	readonly asked: Asked<StudyTypes> | null;
	readonly recorded: Recorded<StudyTypes> | null;
};
const ALL = Object.entries(STUDIES) as unknown as readonly (readonly [StudyName, AnyStudy])[];
const RECORDED = ALL.flatMap(([name, { recorded }]) => (recorded ? [{ name, recorded }] : []));

const results = (of: (name: StudyName, study: AnyStudy) => unknown) =>
	Object.fromEntries(ALL.map(([name, study]) => [name, of(name, study)])) as unknown as Results;

/** Before anything has been found; what outlives a run is taken over from the one before. */
export const noResults = (before?: Results): Results =>
	results((name, { nothing, outlivesRun }) => (before && outlivesRun ? before[name] : nothing));

/** The results with a new one among them. */
export function withResult<S extends StudyName>(kept: Results, study: S, found: Found<S>): Results {
	return { ...kept, [study]: STUDIES[study].merge(kept[study], found) };
}

/** The results of a run that goes back to a step. */
export const resultsUpTo = (kept: Results, step: number): Results =>
	results((name, { upTo }) => (upTo ? upTo(kept[name], step) : kept[name]));

/** The results that a record has; where it has none, those of the run before. */
export const resultsOf = (record: RecordedResults, before?: Results): Results =>
	results((name, { recorded, nothing, outlivesRun }) => {
		const own = recorded ? (record as Record<string, unknown>)[recorded.key] : null;
		return own ?? (before && outlivesRun ? before[name] : nothing);
	});

/** The results as a record has them. */
export const recordedResults = (kept: Results): RecordedResults =>
	Object.fromEntries(RECORDED.map(({ name, recorded }) => [recorded.key, kept[name]]));

/** The results of a record as plain JSON. */
export const writeResults = (record: RecordedResults): object =>
	Object.fromEntries(
		RECORDED.flatMap(({ recorded: { key, write } }) => {
			const own = (record as Record<string, unknown>)[key];
			return own === undefined ? [] : [[key, write ? write(own) : own]];
		})
	);

/** Where the results of a record do not agree with its networks; null where they do. */
export function resultsDisagree(
	record: RecordedResults,
	networks: readonly AnalysedNetwork[]
): Disagreement | null {
	for (const { recorded } of RECORDED) {
		const own = (record as Record<string, unknown>)[recorded.key];
		const found = own === undefined ? null : recorded.check?.(own, networks);
		if (found) return { ...found, path: `${recorded.key}.${found.path}` };
	}
	return null;
}

/** Whether records have what a study finds. */
export const isRecorded = (study: StudyName): boolean => STUDIES[study].recorded !== null;

/** What an experiment notes of a study that is asked for. */
export function noteOf<S extends StudyName>(study: S, spec: Spec<S>): Studies {
	const { asked } = STUDIES[study] as unknown as AnyStudy;
	const note = asked?.note(spec);
	return note === undefined ? {} : { [study]: note };
}

export const studiesSchema = v.strictObject({
	...Object.fromEntries(
		ALL.flatMap(([name, { asked }]) => (asked ? [[name, v.optional(asked.schema)]] : []))
	),
	sweep: v.optional(sweepSpecSchema)
}) as unknown as v.GenericSchema<unknown, Studies>;

/** The results of a record, property by property. */
export const recordedSchemas = Object.fromEntries(
	RECORDED.map(({ recorded: { key, schema } }) => [key, v.optional(schema)])
) as unknown as {
	readonly [K in keyof RecordedResults]-?: v.GenericSchema<unknown, RecordedResults[K]>;
};
