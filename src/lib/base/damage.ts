/** For tests: damages files by seeds, and reads them: a reader gives a value or its own error, soon. */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { expect } from 'vitest';
import { drawInteger } from './random';

/** Damages of each kind of file, one per seed. */
export const DAMAGES = 1_200;
/** Longest that a file may take, in milliseconds. */
const SLOWEST = 5_000;

/** Flips bits, cuts, inserts, repeats, overwrites with bytes that mean much in headers. */
export function damage(bytes: Uint8Array, seed: number): Uint8Array<ArrayBuffer> {
	const random = xoroshiro128plus(seed);
	const draw = (most: number) => drawInteger(random, 0, most);
	// Headers are where damage means most.
	const at = draw(seed % 3 ? bytes.length - 1 : Math.min(bytes.length - 1, 64));
	const copy = new Uint8Array(bytes);
	switch (seed % 6) {
		case 0:
			for (let i = 0; i < 3; i++) copy[draw(copy.length - 1)] ^= 1 << draw(7);
			return copy;
		case 1:
			return copy.slice(0, at);
		case 2: {
			const longer = new Uint8Array(bytes.length + 5);
			longer.set(bytes.subarray(0, at));
			longer.set(bytes.subarray(at), at + 5);
			return longer;
		}
		case 3:
			return copy.copyWithin(at, 0, Math.min(600, at));
		case 4:
			return copy.fill([0, 0xff, 0x7f, 0x80][draw(3)], at, at + 1 + draw(3));
		default: {
			const start = draw(copy.length - 1);
			return copy.copyWithin(at, start, Math.min(copy.length, start + 1 + draw(40)));
		}
	}
}

/** So many files are read at the same time: a browser takes longer to hand bytes over than readers need for them. */
const AT_ONCE = 12;

/**
 * Reads damaged files; the errors of a reader are expected, all others fail with the seed.
 * @returns the number of files that were refused
 */
export async function readAll(
	read: (seed: number) => Promise<unknown>,
	isOwn: (error: unknown) => boolean,
	damages = DAMAGES
): Promise<number> {
	let refused = 0;
	let next = 0;
	const readNext = async () => {
		for (let seed = next++; seed < damages; seed = next++) {
			const start = performance.now();
			try {
				await read(seed);
			} catch (error) {
				if (!isOwn(error)) throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
				refused++;
			}
			expect(performance.now() - start, `seed ${seed}`).toBeLessThan(SLOWEST);
		}
	};
	await Promise.all(Array.from({ length: AT_ONCE }, readNext));
	return refused;
}
