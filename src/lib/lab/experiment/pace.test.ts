import { readFileSync } from 'node:fs';
import { median } from 'd3';
import { describe, expect, it } from 'vitest';
import { readRecording } from '../record/recording';
import { laneOf } from './experiment';
import { paceOf, REFERENCE_PACE, timeFor, timeForRest, timeUntil } from './pace';
import { PRESETS } from './presets';
import { recordingName, RECORDINGS } from './recordings';

describe('a time foretold', () => {
	it('is of the networks at hand, at the pace measured with others', () => {
		const pace = paceOf(PRESETS.degradation(56), [{ milliseconds: 411 }])!;
		expect(timeFor(150, PRESETS.degradation(56), pace)).toBeCloseTo(150 * 411, 6);
		expect(timeFor(150, PRESETS.degradation(20), pace)).toBeCloseTo((150 * 411 * 19) / 55, 6);
		// Four networks, of which two are shallow.
		expect(timeFor(1, PRESETS.depths(56), pace)).toBeCloseTo((411 * (55 + 7)) / 55, 6);
		const whole = { ...PRESETS.degradation(56).data, halve: false };
		expect(timeFor(1, { ...PRESETS.degradation(56), data: whole }, pace)).toBeCloseTo(4 * 411, 6);
	});

	it('until a step of a new run counts the smaller networks trained before it', () => {
		const { lanes, ...rest } = PRESETS['rescue-pretraining'](19);
		const experiment = { ...rest, lanes: lanes.slice(1) };
		const shallow = { ...rest, lanes: [laneOf('vgg-mini', { depth: 8 })] };
		expect(timeUntil(300, experiment, null)).toBeCloseTo(
			timeFor(300, experiment, null) + timeFor(500, shallow, null),
			6
		);
		expect(timeUntil(9, PRESETS.degradation(20), null)).toBe(
			timeFor(9, PRESETS.degradation(20), null)
		);
	});

	it('follows the latest steps of a run, not its first ones', () => {
		const steps = [900, ...Array<number>(10).fill(30)].map((milliseconds) => ({ milliseconds }));
		expect(paceOf(PRESETS.degradation(20), steps)?.milliseconds).toBe(30);
		expect(paceOf(PRESETS.degradation(20), [])).toBeNull();
	});

	it('of a job under way goes on as it has so far', () => {
		expect(timeForRest({ done: 1, of: 4 }, 200)).toBe(600);
		expect(timeForRest({ done: 0, of: 4 }, 200)).toBeNull();
	});
});

describe('the machine of the recordings', () => {
	const recorded = RECORDINGS.map((each) => {
		const { steps, experiment } = readRecording(
			new Uint8Array(readFileSync(`static/recordings/${recordingName(each)}.zip`))
		);
		const measured = median(steps, ({ milliseconds }) => milliseconds)!;
		return { name: recordingName(each), experiment, measured };
	});

	it('has the pace that is said of it', () => {
		const { measured } = recorded.find(({ name }) => name === 'degradation-20')!;
		expect(REFERENCE_PACE.milliseconds / measured).toBeCloseTo(1, 1);
	});

	it.each(recorded)(
		'took for $name about as long as its pace foretells',
		({ experiment, measured }) => {
			// Some were made while the machine did other work.
			const ratio = measured / timeFor(1, experiment, null);
			expect(ratio).toBeGreaterThan(1 / 2);
			expect(ratio).toBeLessThan(2);
		}
	);
});
