/** What a reader has answered in the lessons, and which are done, kept on this machine. */
import * as v from 'valibot';
import { store, stored } from '$lib/base/stored';

const KEY = 'lessons';
const keptSchema = v.object({
	/** Names of lessons whose check was answered rightly. */
	done: v.array(v.string()),
	/** Index of the option that was chosen, by lesson and number of the question. */
	choices: v.record(v.string(), v.number())
});
type Kept = v.InferOutput<typeof keptSchema>;

class Progress {
	#kept = $state.raw<Kept>({ done: [], choices: {} });

	/** Takes up what was kept; once a page works. */
	start(): void {
		try {
			this.#kept = v.parse(keptSchema, JSON.parse(stored(KEY) ?? ''));
		} catch {
			// Nothing was kept, or nothing that can be read.
		}
	}

	isDone(lesson: string): boolean {
		return this.#kept.done.includes(lesson);
	}

	/** Null before one was chosen. */
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
