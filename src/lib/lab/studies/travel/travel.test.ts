import { describe, expect, it } from 'vitest';
import { analyse, binomial, networkOf, parseName } from '$lib/network';
import { noResults, resultsDisagree, resultsUpTo, withResult, writeResults } from '..';
import { angleOf, carriedByLength, lengthCarrying, shortcutShare } from './carried';
import type { TravelRecord } from './record';
import { drawPaths } from './sample';

const open = [0, 1, 3, 4, 5, 7];

describe('paths drawn at random', () => {
	it('are all paths of a length if there are few, each once', () => {
		expect(drawPaths([2, 5, 7], 2, 3, 1)).toEqual([
			[2, 5],
			[2, 7],
			[5, 7]
		]);
		expect(drawPaths(open, 0, 1, 1)).toEqual([[]]);
		expect(drawPaths(open, 3, 20, 1)).toHaveLength(binomial(6, 3));
	});

	it('are distinct, of the given length and the same for the same seed', () => {
		const paths = drawPaths(open, 3, 10, 1);
		expect(new Set(paths.map(String)).size).toBe(10);
		for (const path of paths) {
			expect(path).toHaveLength(3);
			expect(new Set(path).size).toBe(3);
			expect(path.every((block) => open.includes(block))).toBe(true);
		}
		expect(drawPaths(open, 3, 10, 1)).toEqual(paths);
		expect(drawPaths(open, 3, 10, 2)).not.toEqual(paths);
	});
});

describe('what the norms add up to', () => {
	it('a share is that of the shortcut’s norm, and an angle that between the terms', () => {
		const right = { shortcut: 3, branch: 4, sum: 5 };
		expect(shortcutShare(right)).toBeCloseTo(3 / 7);
		expect(angleOf(right)).toBeCloseTo(90);
		expect(angleOf({ ...right, sum: 7 })).toBeCloseTo(0);
		expect(angleOf({ ...right, sum: 1 })).toBeCloseTo(180);
		expect(angleOf({ shortcut: 0, branch: 4, sum: 4 })).toBeNaN();
	});

	it('each length carries its number of paths times their mean', () => {
		const norms = [8, 4, 1, 0.5].map((mean) => ({ followed: 1, mean }));
		const lengths = carriedByLength({ seed: 1, samples: 10, norms });
		expect(lengths.map(({ paths }) => paths)).toEqual([1, 3, 3, 1]);
		expect(lengths.map(({ carried }) => carried)).toEqual([8, 12, 3, 0.5]);
		expect(lengths.at(-1)!.upTo).toBeCloseTo(1);
		expect(lengthCarrying(lengths, 0.5)!.length).toBe(1);
		expect(lengthCarrying(lengths, 0.9)!.length).toBe(2);
		expect(lengthCarrying(lengths, 1)!.length).toBe(3);
		const none = norms.map((norm) => ({ ...norm, mean: NaN }));
		expect(lengthCarrying(carriedByLength({ seed: 1, samples: 10, norms: none }), 0.5)).toBeNull();
	});

	it('the number of paths of all lengths is 2 to the power of the blocks', () => {
		const counts = Array.from({ length: 55 }, (_, length) => binomial(54, length));
		expect(counts.reduce((sum, count) => sum + count, 0)).toBe(2 ** 54);
	});
});

describe('a run', () => {
	const terms = { shortcut: 1, branch: NaN, sum: 2 };
	const found: TravelRecord = {
		...{ step: 4, lane: 0, images: 32 },
		blocks: [null, { forward: terms, backward: terms }]
	};

	it('keeps the latest result of a lane at a step', () => {
		const lengths = { seed: 1, samples: 10, norms: [{ followed: 1, mean: 0.5 }] } as const;
		const kept = withResult(withResult(noResults(), 'travel', found), 'travel', {
			...found,
			lengths
		});
		expect(kept.travel).toEqual([{ ...found, lengths }]);
		const later = withResult(kept, 'travel', { ...found, step: 6 });
		expect(later.travel).toHaveLength(2);
		expect(resultsUpTo(later, 5)).toEqual(kept);
	});

	it('writes what is not a number as text, and refuses another number of blocks', () => {
		expect(JSON.stringify(writeResults({ travels: [found] }))).toContain('"branch":"NaN"');
		const network = analyse(networkOf(parseName('cifar-resnet-8')));
		expect(resultsDisagree({ travels: [found] }, [network])).toEqual({
			path: 'travels.0.blocks',
			detail: 'expected 3 blocks, received 2'
		});
	});
});
