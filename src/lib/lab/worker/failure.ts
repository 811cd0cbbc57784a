/** What an error in the worker means for whoever waits on the page. */
import { FetchError } from '$lib/base/fetchFile';
import { ShardError } from '$lib/data';
import { MemoryError, NoBackendError } from '$lib/engine';
import type { Failure } from './protocol';

/** A set that a user brought elsewhere, or has removed. */
export class NoSetError extends Error {
	constructor(readonly id: string) {
		super(`data set ${id}: not on this machine`);
	}
}

/** The networks answer with other classes than the images have. */
export class ClassesError extends Error {
	constructor(
		readonly title: string,
		readonly has: number,
		readonly wanted: number
	) {
		super(`${title}: ${has} classes, the networks have ${wanted}`);
	}
}

export function failureOf(error: unknown): Failure {
	if (error instanceof ShardError)
		return {
			code: 'shard',
			file: error.file,
			reason: error.code,
			expected: error.expected,
			got: error.got
		};
	if (error instanceof NoBackendError) return { code: 'no-backend', trials: error.trials };
	if (error instanceof MemoryError)
		return { code: 'memory', needed: error.needed, available: error.available };
	if (error instanceof NoSetError) return { code: 'no-set', id: error.id };
	if (error instanceof ClassesError) {
		const { title, has, wanted } = error;
		return { code: 'classes', title, has, wanted };
	}
	if (error instanceof FetchError) return { code: 'data', detail: error.message };
	return { code: 'engine', detail: error instanceof Error ? error.message : String(error) };
}
