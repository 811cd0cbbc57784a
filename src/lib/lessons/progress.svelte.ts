/** The reader's answers in the lessons and the lessons done, stored on this machine. */
import * as v from 'valibot';
import type { Immutable } from '$lib/base/immutable';
import { store, stored } from '$lib/base/stored';
import { predictionSchema, type Prediction } from '$lib/lab/record/prediction';

const KEY = 'lessons';
const keptSchema = v.object({
	/** Names of lessons whose check was answered rightly. */
	done: v.array(v.string()),
	/** Index of the chosen option, by lesson and number of the question. */
	choices: v.record(v.string(), v.number()),
	/** Drawn predictions, by lesson and index of the figure among its parts; earlier versions kept none. */
	drawn: v.optional(v.record(v.string(), predictionSchema), {})
});
type Kept = Immutable<v.InferOutput<typeof keptSchema>>;

class Progress {
	#kept = $state.raw<Kept>({ done: [], choices: {}, drawn: {} });

	/** Reads the stored progress; call it once the page is hydrated. */
	start(): void {
		try {
			this.#kept = v.parse(keptSchema, JSON.parse(stored(KEY) ?? ''));
		} catch {
			// Nothing is stored, or it cannot be read.
		}
	}

	isDone(lesson: string): boolean {
		return this.#kept.done.includes(lesson);
	}

	/** Index of the chosen option; null before one is chosen. */
	choice(lesson: string, question: number): number | null {
		return this.#kept.choices[`${lesson} ${question}`] ?? null;
	}

	choose(lesson: string, question: number, option: number): void {
		const { choices } = this.#kept;
		this.#keep({ ...this.#kept, choices: { ...choices, [`${lesson} ${question}`]: option } });
	}

	/** The prediction drawn on a figure; null if there is none. */
	drawn(lesson: string, figure: number): Prediction | null {
		return this.#kept.drawn[`${lesson} ${figure}`] ?? null;
	}

	draw(lesson: string, figure: number, prediction: Prediction | null): void {
		const key = `${lesson} ${figure}`;
		const others = Object.entries(this.#kept.drawn).filter(([own]) => own !== key);
		const drawn = Object.fromEntries(prediction ? [...others, [key, prediction]] : others);
		this.#keep({ ...this.#kept, drawn });
	}

	finish(lesson: string): void {
		if (!this.isDone(lesson)) this.#keep({ ...this.#kept, done: [...this.#kept.done, lesson] });
	}

	#keep(kept: Kept): void {
		this.#kept = kept;
		store(KEY, JSON.stringify(kept));
	}
}

export const progress = new Progress();
