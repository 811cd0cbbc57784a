/** Waiting that ends: a browser may never answer, and whoever waits for it is told so after a while. */

/** What was waited for did not come in time. */
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
 * What a promise gives, if it does so in time. What it gives later is dropped.
 * @param what is waited for, for the error's text
 * @throws TimeoutError when it does not
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
