/**
 * Random numbers for shuffling, augmentation and synthetic images: one independent stream for every
 * seed and purpose, so that no draw depends on others.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/** Purposes of streams; each is part of the stream's seed. */
export const PURPOSES = {
	shuffle: 1,
	augment: 2,
	synthetic: 3,
	reorder: 4,
	paths: 5,
	line: 6,
	noise: 7
} as const;

/** The stream of a seed for one purpose and one index, such as the epoch or the step. */
export function randomStream(
	seed: number,
	purpose: keyof typeof PURPOSES,
	index: number
): RandomGenerator {
	return xoroshiro128plus([PURPOSES[purpose], index].reduce(mix, mix(0, seed)));
}

/** 32-bit finaliser of MurmurHash3 over the sum: neighbouring seeds give unrelated streams. */
function mix(hash: number, value: number): number {
	let h = (Math.imul(hash, 31) + value + 0x9e3779b9) | 0;
	h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
	h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
	return h ^ (h >>> 16);
}

/** Whole number from `min` to `max`, both included. */
export function drawInteger(random: RandomGenerator, min: number, max: number): number {
	return uniformInt(random, min, max);
}

/** Number in [0, 1). */
export function drawUnit(random: RandomGenerator): number {
	return uniformFloat64(random);
}

/** Shuffles a stretch of the array in place (Fisher and Yates). */
export function shuffleInPlace(
	random: RandomGenerator,
	values: Int32Array,
	start = 0,
	end = values.length
): void {
	for (let i = end - 1; i > start; i--) {
		const j = uniformInt(random, start, i);
		[values[i], values[j]] = [values[j], values[i]];
	}
}
