/**
 * A residual network as a collection of paths (Veit, Wilber and Belongie 2016): at each block, a path takes the
 * residual branch or, unless it is cut, the shortcut. Counts are exact.
 */
import type { AnalysedNetwork } from './analyse';

export interface Paths {
	/** Number of paths: 2 to the power of the number of open shortcuts. */
	readonly count: bigint;
	/** Number of paths by length; the index is the number of weighted layers, without projections. */
	readonly byLength: readonly bigint[];
	readonly shortest: number;
	readonly longest: number;
}

/** @param gates one gate per block; 0 cuts the shortcut */
export function pathsOf({ layers, blocks }: AnalysedNetwork, gates: readonly number[] = []): Paths {
	const inBlocks = blocks.map(({ columns: [first, last] }) => last - first + 1);
	const depth = Math.max(...layers.map(({ column }) => column)) + 1;
	const outside = depth - inBlocks.reduce((sum, length) => sum + length, 0);
	let byLength: bigint[] = Array.from({ length: outside + 1 }, (_, i) => (i === outside ? 1n : 0n));
	let count = 1n;
	blocks.forEach(({ index, shortcut }, i) => {
		const length = inBlocks[i];
		const open = shortcut !== null && gates[index] !== 0;
		if (open) count *= 2n;
		const next = Array.from({ length: byLength.length + length }, () => 0n);
		byLength.forEach((paths, layers) => {
			next[layers + length] += paths;
			if (open) next[layers] += paths;
		});
		byLength = next;
	});
	return {
		count,
		byLength,
		shortest: byLength.findIndex((paths) => paths > 0n),
		longest: byLength.findLastIndex((paths) => paths > 0n)
	};
}

/** Number of ways to choose `k` of `n`, as a float. */
export function binomial(n: number, k: number): number {
	let count = 1;
	for (let i = 1; i <= k; i++) count = (count * (n - k + i)) / i;
	return count;
}
