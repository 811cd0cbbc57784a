/** Limits how often a lost run is resumed and a failed start repeated, so that nothing is retried forever. */
import type { BackendName } from '$lib/engine/engine';
import type { Startup } from './startup.svelte';

/** Give up after this many resumes without progress. */
const RESUMES = 2;

export class Attempts {
	/** Number of times the request was repeated because nothing became ready. */
	#again = 0;
	#resumes = { step: -1, count: 0 };

	/** To be called when something else is requested: counts from 0 again. */
	reset(): void {
		this.#again = 0;
	}

	/** To be called when the requested run is ready; `resumed` tells it from a new run. */
	succeeded(resumed: boolean): void {
		this.#again = 0;
		if (!resumed) this.#resumes = { step: -1, count: 0 };
	}

	/** Whether a run may be resumed once more from a snapshot at the given step. */
	resume(step: number): boolean {
		const count = step === this.#resumes.step ? this.#resumes.count + 1 : 1;
		if (count > RESUMES) return false;
		this.#resumes = { step, count };
		return true;
	}

	/**
	 * Decides how to repeat a start that failed: once on the same backend, then on another; on another at once if a
	 * backend's trial did not end. Returns the backend to try, null for the same one, or undefined when all attempts
	 * are used up.
	 */
	again({ phase, alternative }: Startup): BackendName | null | undefined {
		const trial = phase?.kind === 'backend' && phase.name !== null;
		const other = this.#again > 0 || trial ? alternative : null;
		if (this.#again >= 2 || (this.#again === 1 && !other)) return undefined;
		this.#again++;
		return other;
	}
}
