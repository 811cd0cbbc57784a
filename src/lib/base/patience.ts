/** Waiting with a time limit, because a browser may never answer. */

/** Thrown when something did not arrive in time. */
export class TimeoutError extends Error {
	override readonly name = 'TimeoutError';
	constructor(
		/** What was waited for, in English. */
		what: string,
		readonly milliseconds: number
	) {
		super(`${what}: no answer within ${Math.round(milliseconds / 1000)} s`);
	}
}

/**
 * Resolves like the promise if that settles in time; a later result is dropped.
 * @param what what is awaited, for the error's text
 * @throws TimeoutError if it does not settle in time
 */
export async function within<T>(
	waited: Promise<T>,
	milliseconds: number,
	what: string
): Promise<T> {
	let timer: ReturnType<typeof setTimeout> | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new TimeoutError(what, milliseconds)), milliseconds);
	});
	try {
		return await Promise.race([waited, late]);
	} finally {
		clearTimeout(timer);
	}
}
