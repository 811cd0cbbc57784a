import { afterEach, describe, expect, it } from 'vitest';
import type { LaneProgress } from '$lib/lab';
import { overwriteGetLocale } from '$lib/paraglide/runtime';
import { progressText } from './summary';

const lane = (error: number, rest: Partial<LaneProgress> = {}): LaneProgress => ({
	error,
	trend: 'falling',
	stop: null,
	...rest
});
afterEach(() => overwriteGetLocale(() => 'en'));

describe('the spoken summary', () => {
	it('says the error of each network and the gap between the numbers that it says', () => {
		expect(progressText(1200, [lane(0.684), lane(0.266)], ['plain-56', 'residual-56'])).toBe(
			'Training error at step 1,200. plain-56: 68%, falling. residual-56: 27%, falling. The gap is 41 points.'
		);
	});

	it('has no gap where a network has stopped or there are more than two', () => {
		expect(
			progressText(30, [lane(0.9, { stop: 21 }), lane(0.5, { trend: null })], ['a', 'b'])
		).toBe('Training error at step 30. a: stopped at step 21. b: 50%.');
		const three = [lane(0.3), lane(0.2, { trend: 'steady' }), lane(0.1, { trend: 'rising' })];
		expect(progressText(90, three, ['a', 'b', 'c'])).toBe(
			'Training error at step 90. a: 30%, falling. b: 20%, steady. c: 10%, rising.'
		);
	});

	it('is said in Chinese too', () => {
		overwriteGetLocale(() => 'zh');
		expect(progressText(120, [lane(0.684), lane(0.266)], ['普通-56', '残差-56'])).toBe(
			'第 120 步的训练误差。普通-56：68%，在下降。残差-56：27%，在下降。相差 41 个百分点。'
		);
	});
});
