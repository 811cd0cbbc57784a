/** Translates errors in the worker into failures that the page can explain. */
import { FetchError } from '$lib/base/fetchFile';
import { ShardError } from '$lib/data';
import { MemoryError, NoBackendError } from '$lib/engine';
import type { Failure } from './protocol';

/** An error that carries a failure which the worker has already diagnosed. */
export class FailureError extends Error {
	constructor(readonly failure: Failure) {
		super(JSON.stringify(failure));
	}
}

export function failureOf(error: unknown): Failure {
	if (error instanceof ShardError) {
		const { file, code: reason, expected, got } = error;
		return { code: 'shard', file, reason, expected, got };
	}
	if (error instanceof NoBackendError) return { code: 'no-backend', trials: error.trials };
	if (error instanceof MemoryError)
		return { code: 'memory', needed: error.needed, available: error.available };
	if (error instanceof FailureError) return error.failure;
	if (error instanceof FetchError) return { code: 'data', detail: error.message };
	return { code: 'engine', detail: error instanceof Error ? error.message : String(error) };
}
