/** The types of a lesson once its text file is read: texts, figures, predictions and questions, in order. */
import type { Locale } from '$lib/paraglide/runtime';
import type { Outcome } from './outcome';

export interface LessonHead {
	readonly title: string;
	/** One sentence. */
	readonly summary: string;
	/** Duration in class, in minutes. */
	readonly minutes: number;
}

/** A figure is one of the app's own views. */
export type Figure =
	/** Networks as the explorer draws them, by their names. */
	| { readonly kind: 'graph'; readonly networks: readonly string[]; readonly caption?: string }
	/** A live experiment: a preset of the lab at a depth. */
	| {
			readonly kind: 'lab';
			readonly preset: string;
			readonly depth: number;
			/** What to look for, under the figure. */
			readonly caption?: string;
			/** Steps that its button runs; absent if there is only a study. */
			readonly steps?: number;
			/** Study made after these steps. */
			readonly study?: FigureStudy;
	  }
	/** The published top-5 errors against depth. */
	| { readonly kind: 'errors'; readonly networks: readonly string[]; readonly caption?: string };

export const FIGURE_STUDIES = ['start', 'lesion', 'landscape', 'inside'] as const;
export type FigureStudy = (typeof FIGURE_STUDIES)[number];

export interface Option {
	readonly text: string;
	readonly right?: boolean;
	/** The answer to a reader who has chosen it. */
	readonly say?: string;
}

interface Question {
	readonly ask: string;
	readonly options: readonly Option[];
}

export type Part = {
	/** Index of the scene; parts of one scene share a figure. */
	readonly scene: number;
} & (
	| { readonly kind: 'text'; readonly html: string }
	| { readonly kind: 'figure'; readonly figure: Figure }
	/** A prediction; answered after the experiment of its scene, or at once if there is none. */
	| ({
			readonly kind: 'predict';
			/** Shown whatever was chosen. */
			readonly answer?: string;
			/** The numbers of the run to set beside the choice. */
			readonly outcome?: Outcome;
			/** Steps at which they are read; the figure's last step when absent. */
			readonly at?: readonly number[];
	  } & Question)
	| ({ readonly kind: 'check' } & Question)
);

/** A prediction. */
type Prediction = Part & { readonly kind: 'predict' };

/** The prediction of a scene, which has at most one. */
export const predictionIn = (parts: readonly Part[], scene: number): Prediction | undefined =>
	parts.find((part): part is Prediction => part.kind === 'predict' && part.scene === scene);

export interface Lesson extends LessonHead {
	readonly sources: readonly string[];
	readonly parts: readonly Part[];
}

const FILE = /content\/([^/]+)\/([a-z]+)\.md/;
const heads = import.meta.glob<LessonHead>('./content/*/*.md', {
	query: '?meta',
	import: 'default',
	eager: true
});
const loaders = import.meta.glob<Lesson>('./content/*/*.md', { import: 'default' });

/** Names of the lessons, in order, which are names of folders. */
export const LESSONS: readonly string[] = [
	...new Set(Object.keys(loaders).flatMap((path) => FILE.exec(path)?.[1] ?? []))
].sort();

const pathOf = (name: string, locale: Locale) => `./content/${name}/${locale}.md`;

export function lessonHead(name: string, locale: Locale): LessonHead {
	const head = heads[pathOf(name, locale)];
	if (!head) throw new RangeError(`lesson ${name}: not there in ${locale}`);
	return head;
}

/** @throws RangeError if there is no such lesson in that language */
export function loadLesson(name: string, locale: Locale): Promise<Lesson> {
	const load = loaders[pathOf(name, locale)];
	if (!load) throw new RangeError(`lesson ${name}: not there in ${locale}`);
	return load();
}
