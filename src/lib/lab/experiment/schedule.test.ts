import { describe, expect, it } from 'vitest';
import { learningRateAt } from './schedule';

describe('the learning rate of a step', () => {
	it('is the one that is set without schedule and warm-up', () => {
		expect(learningRateAt({}, 0.1, 1)).toBe(0.1);
		expect(learningRateAt({}, 0.1, 64_000)).toBe(0.1);
	});

	it('rises in equal parts while it warms up, and is whole right after', () => {
		const rates = [1, 2, 3, 4, 5].map((step) => learningRateAt({ warmUp: 3 }, 0.4, step));
		expect(rates).toEqual([0.1, 0.2, 0.30000000000000004, 0.4, 0.4]);
	});

	it('drops to a tenth after the steps of the paper', () => {
		const schedule = { kind: 'drops', after: [32_000, 48_000] } as const;
		const at = (step: number) => learningRateAt({ schedule }, 0.1, step);
		expect([at(32_000), at(32_001), at(48_000), at(48_001)]).toEqual([0.1, 0.01, 0.01, 0.001]);
	});

	it('falls along half a cosine and stays at 0', () => {
		const schedule = { kind: 'cosine', steps: 100 } as const;
		const at = (step: number) => learningRateAt({ schedule }, 1, step);
		expect(at(1)).toBe(1);
		expect(at(51)).toBeCloseTo(0.5, 12);
		expect(at(101)).toBeCloseTo(0, 12);
		expect(at(500)).toBeCloseTo(0, 12);
	});
});
