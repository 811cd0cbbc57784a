// Times two contenders in alternating steps, for questions about the engine itself.

/**
 * Starts both and times `rounds` steps of each; milliseconds, by contender, those of a round at the same index.
 * @param {{call: (name: string, ...args: unknown[]) => Promise<any>}} page
 * @param {readonly [string, string]} contenders
 * @param {{work: string, backend: string, rounds: number}} what
 * @returns {Promise<[number[], number[]]>}
 */
export async function timeInTurn(page, contenders, { work, backend, rounds }) {
	for (const contender of contenders) {
		const { reason } = await page.call('start', contender, work, backend);
		if (reason) throw new Error(reason);
	}
	/** @type {[number[], number[]]} */
	const times = [[], []];
	for (let round = 0; round < rounds; round++)
		// Alternate the order, because the first in a round finds the other's maps in the caches.
		for (const i of round % 2 ? [1, 0] : [0, 1])
			times[i].push(await page.call('time', contenders[i], work));
	return times;
}
