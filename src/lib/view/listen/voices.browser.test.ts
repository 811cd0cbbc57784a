/** The sound itself, as the browser computes it. */
import { describe, expect, it } from 'vitest';
import type { Tone } from './tones';
import { sound } from './voices';

const RATE = 44_100;

/** Renders tones that begin together, each a second long; returns left and right. */
async function rendered(tones: readonly Tone[], lanes: number): Promise<Float32Array[]> {
	const context = new OfflineAudioContext({ numberOfChannels: 2, length: RATE, sampleRate: RATE });
	for (const tone of tones) sound(context, tone, lanes, 1);
	const buffer = await context.startRendering();
	return [0, 1].map((channel) => buffer.getChannelData(channel));
}

const power = (samples: Float32Array) => samples.reduce((sum, x) => sum + x * x, 0);
/** Upward crossings of zero in a second. */
const crossings = (samples: Float32Array) =>
	samples.reduce((count, x, i) => count + Number(i > 0 && samples[i - 1] < 0 && x >= 0), 0);

describe('a tone', () => {
	it.each([0, 1, 2, 3])('of network %i has the pitch that it should have', async (lane) => {
		const [left, right] = await rendered([{ lane, frequency: 440 }], 4);
		expect(crossings(power(left) > power(right) ? left : right)).toBeCloseTo(440, -1);
	});

	it('comes from the left for the first network, from the right for the last, from the middle for one alone', async () => {
		const side = async (lane: number, lanes: number) => {
			const [left, right] = await rendered([{ lane, frequency: 440 }], lanes);
			return power(left) / power(right);
		};
		expect(await side(0, 2)).toBeGreaterThan(4);
		expect(await side(1, 2)).toBeLessThan(1 / 4);
		expect(await side(0, 1)).toBeCloseTo(1);
	});

	it('of four networks together is moderate, and begins and ends without a click', async () => {
		const tones = [0, 1, 2, 3].map((lane) => ({ lane, frequency: 440 * (1 + lane / 3) }));
		for (const samples of await rendered(tones, 4)) {
			expect(samples.every((x) => Math.abs(x) < 0.8)).toBe(true);
			expect(Math.max(...samples.map(Math.abs))).toBeGreaterThan(0.1);
			expect(Math.abs(samples[0])).toBeLessThan(0.01);
			expect(Math.abs(samples[RATE - 1])).toBeLessThan(0.01);
		}
	});

	it('of a value that is not finite is a hiss without a pitch', async () => {
		const [left] = await rendered([{ lane: 0, frequency: null }], 1);
		expect(power(left)).toBeGreaterThan(0);
		expect(crossings(left)).toBeGreaterThan(5000);
	});
});
