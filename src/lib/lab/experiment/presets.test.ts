import { range } from 'd3';
import { describe, expect, it } from 'vitest';
import checked from '../../../../docs/presets.json';
import {
	CHECKED_SEEDS,
	checkedDepth,
	OUTCOMES,
	PRESET_GROUPS,
	PRESET_NAMES,
	PRESETS,
	type PresetResult
} from './presets';

type Checked = Record<
	string,
	{
		experiment: unknown;
		steps: number;
		runs: { seed: number; ours: PresetResult[]; pytorch: PresetResult[] | null }[];
	}
>;
const record = checked.presets as unknown as Checked;

describe('what is said of the presets', () => {
	it('each stands in one group', () => {
		expect(Object.values(PRESET_GROUPS).flat().toSorted()).toEqual(PRESET_NAMES.toSorted());
	});

	it.each(PRESET_NAMES)(
		'%s showed it with as many seeds as is said, in our engine and in PyTorch',
		(name) => {
			const { steps, holds, least = CHECKED_SEEDS } = OUTCOMES[name];
			const { experiment, steps: made, runs } = record[name];
			// A preset that is changed has to be checked again: npm run presets.
			expect(experiment).toEqual(PRESETS[name](checkedDepth(name)));
			expect(made).toBe(steps);
			expect(runs.map(({ seed }) => seed)).toEqual(range(1, CHECKED_SEEDS + 1));
			for (const engine of ['ours', 'pytorch'] as const) {
				const failed = runs.flatMap((run) => (holds(run[engine]!) ? [] : [run.seed]));
				expect(failed.length, `${engine}, seeds ${failed}`).toBeLessThanOrEqual(
					CHECKED_SEEDS - least
				);
			}
		}
	);

	it.each(PRESET_NAMES)('%s would be told apart from networks that are alike', (name) => {
		const [{ ours }] = record[name].runs;
		const alike = ours.map(() => ({ ...ours[0], stopped: null, first: 1, last: 1 }));
		expect(OUTCOMES[name].holds(alike)).toBe(false);
	});
});
