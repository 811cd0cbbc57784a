/** The reader's answers in the lessons and the lessons done, stored on this machine. */
import * as v from 'valibot';
import { store, stored } from '$lib/base/stored';

const KEY = 'lessons';
const keptSchema = v.object({
	/** Names of lessons whose check was answered rightly. */
	done: v.array(v.string()),
	/** Index of the chosen option, by lesson and number of the question. */
	choices: v.record(v.string(), v.number())
});
type Kept = v.InferOutput<typeof keptSchema>;

class Progress {
	#kept = $state.raw<Kept>({ done: [], choices: {} });

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
		const { done, choices } = this.#kept;
		this.#keep({ done, choices: { ...choices, [`${lesson} ${question}`]: option } });
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
