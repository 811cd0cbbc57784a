/** What takes part in the benchmark: something that trains one network on one batch, step by step. */
import type { Backend } from '$lib/engine';
import type { Work } from './works';

export interface Contender {
	/** One training step, to its end on the device; returns the loss before the update. */
	step(): Promise<number>;
	dispose(): void;
}

/** Builds a contender; throws an error with the reason where it cannot do the work on the backend. */
export type Start = (work: Work, backend: Backend) => Promise<Contender>;
