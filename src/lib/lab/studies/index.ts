/** The table of studies as values: the specification of each, its findings, and how a run keeps them. */
import * as v from 'valibot';
import type { AnalysedNetwork } from '$lib/network';
import { confusion, type ConfusionStudy } from './confusion/record';
import { histograms, type HistogramsStudy } from './histograms/record';
import { inside, type InsideStudy } from './inside/record';
import { landscape, type LandscapeStudy } from './landscape/record';
import { lesion, type LesionStudy } from './lesion/record';
import { seeds, type SeedsStudy } from './seeds/record';
import { shattered, type ShatteredStudy } from './shattered/record';
import { shuffle, type ShuffleStudy } from './shuffle/record';
import { start, type StartStudy } from './start/record';
import { step, type StepStudy } from './step/record';
import type { Asked, Disagreement, Recorded, Study, StudyTypes } from './study';
import { sweepSpecSchema, type SweepSpec } from './sweep/record';
import { travel, type TravelStudy } from './travel/record';

export interface StudyTable {
	lesion: LesionStudy;
	shuffle: ShuffleStudy;
	landscape: LandscapeStudy;
	start: StartStudy;
	inside: InsideStudy;
	confusion: ConfusionStudy;
	seeds: SeedsStudy;
	histograms: HistogramsStudy;
	travel: TravelStudy;
	shattered: ShatteredStudy;
	step: StepStudy;
}
export type StudyName = keyof StudyTable;
/** The studies that are measured when the user asks; histograms are counted during training. */
export type MeasuredStudy = Exclude<StudyName, 'histograms'>;
export type Spec<S extends StudyName> = StudyTable[S]['spec'];
export type Found<S extends StudyName> = StudyTable[S]['found'];
/** A run's results of every study. */
export type Results = { readonly [S in StudyName]: StudyTable[S]['kept'] };

const STUDIES: { readonly [S in StudyName]: Study<StudyTable[S]> } = {
	lesion,
	shuffle,
	landscape,
	start,
	inside,
	confusion,
	seeds,
	histograms,
	travel,
	shattered,
	step
};

/** Results in a record, under each study's `key`; absent in records of earlier versions. */
export type RecordedResults = {
	readonly [S in StudyName as Extract<StudyTable[S]['key'], string>]?: StudyTable[S]['kept'];
};

/**
 * The studies that an experiment asks for, with their settings, so that a link, a record or a lesson opens the same
 * panels.
 */
export type Studies = {
	readonly [
		S in StudyName as StudyTable[S]['note'] extends null ? never : S
	]?: StudyTable[S]['note'];
} & { readonly sweep?: SweepSpec };

/** A study without its specific types, for code that treats all studies alike. */
type AnyStudy = Omit<Study<StudyTypes>, 'asked' | 'recorded'> & {
	readonly asked: Asked<StudyTypes> | null;
	readonly recorded: Recorded<StudyTypes> | null;
};
const ALL = Object.entries(STUDIES) as unknown as readonly (readonly [StudyName, AnyStudy])[];
const RECORDED = ALL.flatMap(([name, { recorded }]) => (recorded ? [{ name, recorded }] : []));

const results = (of: (name: StudyName, study: AnyStudy) => unknown) =>
	Object.fromEntries(ALL.map(([name, study]) => [name, of(name, study)])) as unknown as Results;

/** The results at the start of a run; results that outlive a run are taken over from the previous one. */
export const noResults = (before?: Results): Results =>
	results((name, { nothing, outlivesRun }) => (before && outlivesRun ? before[name] : nothing));

/** Adds a finding to the results. */
export function withResult<S extends StudyName>(kept: Results, study: S, found: Found<S>): Results {
	return { ...kept, [study]: STUDIES[study].merge(kept[study], found) };
}

/** The results that remain when a run goes back to a step. */
export const resultsUpTo = (kept: Results, step: number): Results =>
	results((name, { upTo }) => (upTo ? upTo(kept[name], step) : kept[name]));

/** The results of a record; for studies without any, those of the previous run. */
export const resultsOf = (record: RecordedResults, before?: Results): Results =>
	results((name, { recorded, nothing, outlivesRun }) => {
		const own = recorded ? (record as Record<string, unknown>)[recorded.key] : null;
		return own ?? (before && outlivesRun ? before[name] : nothing);
	});

/** The results in the form of a record. */
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

/** The first disagreement between a record's results and its networks, or null. */
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

/** Whether records contain the findings of a study. */
export const isRecorded = (study: StudyName): boolean => STUDIES[study].recorded !== null;

/** The note that an experiment keeps of a study and its settings. */
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

/** The schemas of a record's results, by property. */
export const recordedSchemas = Object.fromEntries(
	RECORDED.map(({ recorded: { key, schema } }) => [key, v.optional(schema)])
) as unknown as {
	readonly [K in keyof RecordedResults]-?: v.GenericSchema<unknown, RecordedResults[K]>;
};
