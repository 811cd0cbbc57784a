import { describe, expect, it } from 'vitest';
import { outliers, thinned } from './curves';
import { LIMITS, type Curve } from './protocol';

const curve = (run: string, errors: (number | null)[], every = 10): Curve => ({
	run,
	setup: null,
	done: false,
	steps: errors.map((_, i) => (i + 1) * every),
	lanes: [{ title: 'plain', errors }]
});

describe('the runs of a class', () => {
	it('are thinned to means over equal parts, the last at the last step', () => {
		const errors = Array.from({ length: 1000 }, (_, i) => i / 1000);
		const thin = thinned({ run: 'r', setup: 's', done: true }, [{ title: 'plain', errors }]);
		expect(thin.steps).toHaveLength(LIMITS.points);
		expect(thin.steps.at(-1)).toBe(1000);
		expect(thin.lanes[0].errors[0]).toBeCloseTo(0.0075, 4);
		const short = thinned({ run: 'r', setup: 's', done: false }, [
			{ title: 'a', errors: [0.9, 0.8] },
			{ title: 'b', errors: [0.9, NaN] }
		]);
		expect(short.steps).toEqual([1, 2]);
		expect(short.lanes.map((lane) => lane.errors)).toEqual([
			[0.9, 0.8],
			[0.9, null]
		]);
		expect(thinned({ run: 'r', setup: null, done: false }, []).steps).toEqual([]);
	});

	it('show who is far from the others, and nobody while there are few', () => {
		const class_ = [0.3, 0.31, 0.32, 0.33, 0.34, 0.35].map((e, i) => curve(`${i}`, [e, e]));
		expect(outliers([...class_, curve('odd', [0.8, 0.8])], 0)).toEqual(['odd']);
		expect(outliers([...class_, curve('near', [0.36, 0.36])], 0)).toEqual([]);
		expect(outliers([...class_.slice(0, 3), curve('odd', [0.8, 0.8])], 0)).toEqual([]);
	});
});
