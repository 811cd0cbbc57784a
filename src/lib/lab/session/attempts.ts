/** How often what was lost is taken up again, so that nothing is tried for ever. */
import type { BackendName } from '$lib/engine/engine';
import type { Startup } from './startup.svelte';

/** Give up after this many resumes without progress. */
const RESUMES = 2;

export class Attempts {
	/** How often the request has been made again because nothing got ready. */
	#again = 0;
	#resumes = { step: -1, count: 0 };

	/** Something else was asked for. */
	reset(): void {
		this.#again = 0;
	}

	/** What was asked for stands ready; a new run, unless it was resumed. */
	succeeded(resumed: boolean): void {
		this.#again = 0;
		if (!resumed) this.#resumes = { step: -1, count: 0 };
	}

	/** Whether a run may be resumed from a snapshot at a step once more. */
	resume(step: number): boolean {
		const count = step === this.#resumes.step ? this.#resumes.count + 1 : 1;
		if (count > RESUMES) return false;
		this.#resumes = { step, count };
		return true;
	}

	/**
	 * What did not get ready is tried once more, and then on another backend; at once on another one where a backend's trial
	 * did not end. The backend to try, null for the same; undefined when that is spent.
	 */
	again({ phase, alternative }: Startup): BackendName | null | undefined {
		const trial = phase?.kind === 'backend' && phase.name !== null;
		const other = this.#again > 0 || trial ? alternative : null;
		if (this.#again >= 2 || (this.#again === 1 && !other)) return undefined;
		this.#again++;
		return other;
	}
}
