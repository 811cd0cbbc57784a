import { describe, expect, it } from 'vitest';
import checked from '../../../../docs/presets.json';
import {
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
		runs: { seed: number; ours: PresetResult[]; pytorch: PresetResult[] }[];
	}
>;
const record = checked.presets as unknown as Checked;

describe('what is said of the presets', () => {
	it('each stands in one group', () => {
		expect(Object.values(PRESET_GROUPS).flat().toSorted()).toEqual(PRESET_NAMES.toSorted());
	});

	it.each(PRESET_NAMES)('%s showed it with two seeds, in our engine and in PyTorch', (name) => {
		const { steps, holds } = OUTCOMES[name];
		const { experiment, steps: made, runs } = record[name];
		// A preset that is changed has to be checked again: npm run presets.
		expect(experiment).toEqual(PRESETS[name](checkedDepth(name)));
		expect(made).toBe(steps);
		expect(runs.map(({ seed }) => seed)).toEqual([1, 2]);
		for (const { ours, pytorch } of runs) {
			expect(holds(ours)).toBe(true);
			expect(holds(pytorch)).toBe(true);
		}
	});

	it.each(PRESET_NAMES)('%s would be told apart from networks that are alike', (name) => {
		const [{ ours }] = record[name].runs;
		const alike = ours.map(() => ({ ...ours[0], stopped: null, first: 1, last: 1 }));
		expect(OUTCOMES[name].holds(alike)).toBe(false);
	});
});
