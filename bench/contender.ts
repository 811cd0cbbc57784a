/** A contender in the benchmark: trains one network on one batch, step by step. */
import type { Backend } from '$lib/engine';
import type { Work } from './works';

export interface Contender {
	/** Makes one training step and waits until the device has finished; returns the loss before the update. */
	step(): Promise<number>;
	dispose(): void;
}

/** Builds a contender; throws an error with the reason if it cannot do the work on the backend. */
export type Start = (work: Work, backend: Backend) => Promise<Contender>;
