/** The table of studies, as values: what each is asked with, what it finds, and how a run keeps it. */
import * as v from 'valibot';
import type { AnalysedNetwork } from '$lib/network';
import { inside, type InsideStudy } from './inside/record';
import { landscape, type LandscapeStudy } from './landscape/record';
import { lesion, type LesionStudy } from './lesion/record';
import { mistakes, type MistakesStudy } from './mistakes/record';
import { shuffle, type ShuffleStudy } from './shuffle/record';
import { start, type StartStudy } from './start/record';
import type { Disagreement, Study } from './study';
import { sweepSpecSchema, type SweepSpec } from './sweep/record';

export interface StudyTable {
	lesion: LesionStudy;
	shuffle: ShuffleStudy;
	landscape: LandscapeStudy;
	start: StartStudy;
	inside: InsideStudy;
	mistakes: MistakesStudy;
}
export type StudyName = keyof StudyTable;
export type Spec<S extends StudyName> = StudyTable[S]['spec'];
export type Found<S extends StudyName> = StudyTable[S]['found'];
/** What a run has of every study. */
export type Findings = { readonly [S in StudyName]: StudyTable[S]['kept'] };

export const STUDIES: { readonly [S in StudyName]: Study<StudyTable[S]> } = {
	lesion,
	shuffle,
	landscape,
	start,
	inside,
	mistakes
};

/** The studies that records have, under the names that they have there; absent in records of earlier versions. */
export type RecordedFindings = {
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
interface AnyStudy {
	readonly nothing: unknown;
	merge(kept: unknown, found: unknown): unknown;
	upTo?(kept: unknown, step: number): unknown;
	readonly outlivesRun?: true;
	readonly asked: { readonly schema: v.GenericSchema; note(spec: unknown): unknown } | null;
	readonly recorded: {
		readonly key: string;
		readonly schema: v.GenericSchema;
		write?(kept: unknown): unknown;
		check?(kept: unknown, networks: readonly AnalysedNetwork[]): Disagreement | null;
	} | null;
}
const ALL = Object.entries(STUDIES) as unknown as readonly (readonly [StudyName, AnyStudy])[];
const RECORDED = ALL.flatMap(([name, { recorded }]) => (recorded ? [{ name, recorded }] : []));

const findings = (of: (name: StudyName, study: AnyStudy) => unknown) =>
	Object.fromEntries(ALL.map(([name, study]) => [name, of(name, study)])) as unknown as Findings;

/** Before anything has been found; what outlives a run is taken over from the one before. */
export const nothingFound = (before?: Findings): Findings =>
	findings((name, { nothing, outlivesRun }) => (before && outlivesRun ? before[name] : nothing));

/** The findings with a new one among them. */
export function withFinding<S extends StudyName>(
	kept: Findings,
	study: S,
	found: Found<S>
): Findings {
	return { ...kept, [study]: STUDIES[study].merge(kept[study], found) };
}

/** The findings of a run that goes back to a step. */
export const findingsUpTo = (kept: Findings, step: number): Findings =>
	findings((name, { upTo }) => (upTo ? upTo(kept[name], step) : kept[name]));

/** The findings that a record has; where it has none, those of the run before. */
export const findingsOf = (record: RecordedFindings, before?: Findings): Findings =>
	findings((name, { recorded, nothing, outlivesRun }) => {
		const own = recorded ? (record as Record<string, unknown>)[recorded.key] : null;
		return own ?? (before && outlivesRun ? before[name] : nothing);
	});

/** The findings as a record has them. */
export const recordedFindings = (kept: Findings): RecordedFindings =>
	Object.fromEntries(RECORDED.map(({ name, recorded }) => [recorded.key, kept[name]]));

/** The findings of a record as plain JSON. */
export const writeFindings = (record: RecordedFindings): object =>
	Object.fromEntries(
		RECORDED.flatMap(({ recorded: { key, write } }) => {
			const own = (record as Record<string, unknown>)[key];
			return own === undefined ? [] : [[key, write ? write(own) : own]];
		})
	);

/** Where the findings of a record do not agree with its networks; null where they do. */
export function findingsDisagree(
	record: RecordedFindings,
	networks: readonly AnalysedNetwork[]
): Disagreement | null {
	for (const { recorded } of RECORDED) {
		const own = (record as Record<string, unknown>)[recorded.key];
		const found = own === undefined ? null : recorded.check?.(own, networks);
		if (found) return { ...found, path: `${recorded.key}.${found.path}` };
	}
	return null;
}

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

/** The findings of a record, property by property. */
export const recordedSchemas = Object.fromEntries(
	RECORDED.map(({ recorded: { key, schema } }) => [key, v.optional(schema)])
) as unknown as {
	readonly [K in keyof RecordedFindings]-?: v.GenericSchema<unknown, RecordedFindings[K]>;
};
