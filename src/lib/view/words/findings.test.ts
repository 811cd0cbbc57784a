import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { findingsOf, historyOf, laneNetwork, recordingName, RECORDINGS } from '$lib/lab';
import { readRecording } from '$lib/lab/record/recording';
import { analyse } from '$lib/network';
import { overwriteGetLocale, type Locale } from '$lib/paraglide/runtime';
import { findingText } from './findings';

function textsOf(name: string, locale: Locale = 'en'): string[] {
	overwriteGetLocale(() => locale);
	const record = readRecording(new Uint8Array(readFileSync(`static/recordings/${name}.zip`)));
	const { experiment, input } = record;
	const networks = experiment.lanes.map((lane) => analyse(laneNetwork(lane, input)));
	return findingsOf(historyOf(record), networks, experiment).map((finding) =>
		findingText(finding, experiment)
	);
}
afterEach(() => overwriteGetLocale(() => 'en'));

describe('findings in words', () => {
	it('tell a change with its figures', () => {
		expect(textsOf('switching-20')).toEqual([
			'residual-20 (2) regained all its 9 shortcuts after step 150. The training error hardly changed: 30.3% before, 33.7% over the next 20 steps. By step 200 it was 23.3%. Before the shortcuts were cut it was 24.0%. residual-20 (1), the same network left untouched, was at 17.3% then. (Means over up to 20 steps; one seed.)',
			'residual-20 (2) lost all its 9 shortcuts after step 100. The training error rose from 24.0% to 53.0% over the next 20 steps. By step 150 it was 30.3%. residual-20 (1), the same network left untouched, was at 22.3% then. (Means over up to 20 steps; one seed.)'
		]);
	});

	it('tell a rescue with what sets the networks apart', () => {
		expect(textsOf('rescue-relu-14')[0]).toBe(
			'plain-14 (2) learns where plain-14 (1) does not (ReLU instead of sigmoid, He instead of Xavier): training error 36.3% against 91.0% (means over 20 steps; one seed).'
		);
		expect(textsOf('rescue-norm-20')[0]).toContain(
			'(batch normalisation instead of no normalisation)'
		);
	});

	it('tell what a study found, and where numbers overflowed', () => {
		expect(textsOf('lesion-20')[1]).toBe(
			'residual-20 with one block removed: test error 30.0% (median over 7 blocks, from 18.4% to 65.8%), against 14.4% with all blocks (500 test images).'
		);
		expect(textsOf('ignored-20')[0]).toBe(
			'ReZero-20 (2) has put aside 7 of its 9 blocks (|α| < 0.05). With all of these branches removed at once, its test error is 28.4%, against 28.4% with them (500 test images). Removed one at a time, 6 of the 6 that can be removed are among the 6 blocks that cost least.'
		);
		expect(textsOf('landscape-56')[0]).toBe(
			'plain-56: the loss is 1.02 at the trained weights and 1.6 × 10³ around them (median over 289 points on one random plane).'
		);
		expect(textsOf('exploding-20')[0]).toBe(
			'plain-20: the gradient exploded. The largest norm in step 1 was 2.5 × 10⁵; in the next step the numbers overflowed.'
		);
	});

	it.each(['en', 'zh'] as const)('are whole in %s for every recording', (locale) => {
		for (const recording of RECORDINGS)
			for (const text of textsOf(recordingName(recording), locale)) {
				expect(text).not.toMatch(/undefined|NaN|–| {2}/);
				expect(text).toMatch(/[.。)）]$/);
			}
	});
});
