/** Runs of bytes, one behind the other, as a copy. */
export function joinBytes(...runs: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
	const all = new Uint8Array(runs.reduce((sum, { length }) => sum + length, 0));
	let at = 0;
	for (const run of runs) {
		all.set(run, at);
		at += run.length;
	}
	return all;
}
