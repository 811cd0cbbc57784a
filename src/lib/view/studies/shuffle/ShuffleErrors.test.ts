import { describe, expect, it } from 'vitest';
import { drawn, elements, svgOf } from '../../test/drawn';
import ShuffleErrors from './ShuffleErrors.svelte';

describe('test errors with blocks in other orders', () => {
	const shuffle = (lane: number, errors: readonly number[]) => ({
		name: ['residual-20', 'plain-20'][lane],
		colour: `var(--lane-${lane})`,
		lane,
		shuffle: {
			step: 90,
			lane,
			images: 500,
			whole: 0.2,
			shuffled: errors.map((error, i) => ({
				order: [i + 1, 0, ...[1, 2, 3].filter((at) => at !== i + 1)],
				tau: 0.8 - i / 5,
				error
			}))
		}
	});
	const html = drawn(ShuffleErrors, {
		lanes: [shuffle(0, [0.3, 0.5]), shuffle(1, [0.8, 0.9])],
		width: 320
	});

	it('are as they were', async () => {
		await expect(svgOf(html)).toMatchFileSnapshot('snapshots/shuffle-errors.svg');
	});

	it('stand the farther right the more the order differs, the higher the larger they are', () => {
		const places = elements(html, 'path').map(({ transform }) =>
			transform.match(/[\d.]+/g)!.map(Number)
		);
		const [own, near, far, otherOwn, otherNear] = places;
		expect(own).toEqual(otherOwn);
		expect(near[0]).toBeGreaterThan(own[0]);
		expect(far[0]).toBeGreaterThan(near[0]);
		expect(near[1]).toBeGreaterThan(far[1]);
		expect(near[1]).toBeGreaterThan(otherNear[1]);
	});

	it('are told apart without colours', () => {
		const [own, , , otherOwn] = elements(html, 'path');
		expect(own.d).not.toBe(otherOwn.d);
	});
});
