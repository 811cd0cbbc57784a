/** Draws paths through a network at random, as sets of the blocks that they pass through the branch. */
import { range } from 'd3';
import { drawInteger, randomStream } from '$lib/base/random';
import { binomial, type AnalysedNetwork } from '$lib/network';

/** The indices of the blocks that have two ways: those with an open shortcut. */
export const openBlocks = ({ blocks }: AnalysedNetwork, gates: readonly number[] = []): number[] =>
	blocks.flatMap(({ index, shortcut }) => (shortcut && gates[index] !== 0 ? [index] : []));

/**
 * Distinct paths of every length, from 0 on: see `drawPaths`.
 * @param open indices of the blocks with two ways
 * @returns for each length, its paths; nothing for a network with a single path
 */
export const drawAllPaths = (
	open: readonly number[],
	most: number,
	seed: number
): (readonly number[])[][] =>
	open.length ? range(open.length + 1).map((length) => drawPaths(open, length, most, seed)) : [];

/**
 * Distinct paths that pass `length` of the blocks through the branch; all of them if there are no more than `most`.
 * @param blocks indices of the blocks with two ways
 * @returns for each path, the indices of those blocks
 */
export function drawPaths(
	blocks: readonly number[],
	length: number,
	most: number,
	seed: number
): (readonly number[])[] {
	if (binomial(blocks.length, length) <= most) return subsets(blocks, length);
	const random = randomStream(seed, 'paths', length);
	const found = new Map<string, number[]>();
	while (found.size < most) {
		const left = [...blocks];
		const drawn = Array.from(
			{ length },
			() => left.splice(drawInteger(random, 0, left.length - 1), 1)[0]
		).sort((a, b) => a - b);
		found.set(drawn.join(), drawn);
	}
	return [...found.values()];
}

function subsets(all: readonly number[], size: number): (readonly number[])[] {
	if (size === 0) return [[]];
	return all.flatMap((first, i) =>
		subsets(all.slice(i + 1), size - 1).map((rest) => [first, ...rest])
	);
}
