import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { analyse } from '$lib/network';
import { laneNetwork } from '../experiment/experiment';
import { PRESETS } from '../experiment/presets';
import { FLOAT_ARRAYS, lengthsOf, RecordError, writeRecord, type RunRecord } from './record';
import { readRecording, writeRecording } from './recording';

const experiment = PRESETS.exploding(8);
const STEPS = 400;
/** The second network stops after this step. */
const STOPS = 137;

/** A run whose every number can be told from its place. */
function run(): RunRecord {
	const head = { experiment, input: [16, 16, 1] as const };
	const lengths = lengthsOf(head);
	const lists = (step: number, lane: number) =>
		Object.fromEntries(
			FLOAT_ARRAYS.map((key, k) => [
				key,
				Float32Array.from(
					{ length: lengths[lane][key] },
					(_, i) => (1 + i / 100) * 10 ** (((step + k) % 60) - 35)
				)
			])
		) as Record<(typeof FLOAT_ARRAYS)[number], Float32Array>;
	return {
		version: 1,
		kind: 'residual-explorer-run',
		...head,
		environment: {
			app: 'test',
			backend: 'cpu',
			trials: [],
			userAgent: 'node',
			startedAt: '2026-01-01T00:00:00.000Z'
		},
		steps: Array.from({ length: STEPS }, (_, i) => ({
			step: i + 1,
			milliseconds: 10 + i / 7,
			lanes: [0, 1].map((lane) =>
				lane === 1 && i + 1 > STOPS
					? null
					: { loss: 2.3 / (i + 1), trainingError: (i % 65) / 64, ...lists(i + 1, lane) }
			)
		})),
		evaluations: [{ step: 25, lane: 0, loss: Infinity, error: 0.9, images: 500 }],
		events: [{ kind: 'not-finite', step: STOPS, lane: 1, where: null }]
	};
}

const whole = run();
const file = writeRecording(whole, 'two cores');
const read = readRecording(file);
const near = (value: number) => Math.abs(value) / 250;

describe('a recorded run', () => {
	it('has every step, its losses within 0.4 % and its training errors as they were', () => {
		expect(read.steps).toHaveLength(STEPS);
		read.steps.forEach((step, i) => {
			const expected = whole.steps[i];
			expect(Math.abs(step.milliseconds - expected.milliseconds)).toBeLessThan(
				near(expected.milliseconds)
			);
			step.lanes.forEach((metrics, lane) => {
				const own = expected.lanes[lane];
				expect(metrics === null).toBe(own === null);
				if (!metrics || !own) return;
				expect(metrics.trainingError).toBe(own.trainingError);
				expect(Math.abs(metrics.loss - own.loss)).toBeLessThanOrEqual(near(own.loss));
			});
		});
	});

	it('has the norms of a hundred steps and more within 0.4 %, and in between those of the last', () => {
		const kept = new Set(read.steps.map(({ lanes }) => lanes[0]!.gradientNorms));
		expect(kept.size).toBe(read.keptSteps);
		expect(kept.size).toBeGreaterThanOrEqual(100);
		let last = 0;
		read.steps.forEach(({ step, lanes }, i) => {
			if (i === 0 || lanes[0]!.gradientNorms !== read.steps[i - 1].lanes[0]!.gradientNorms)
				last = step;
			for (const key of FLOAT_ARRAYS)
				lanes[0]![key].forEach((value, n) => {
					const expected = whole.steps[last - 1].lanes[0]![key][n];
					expect(Math.abs(value - expected)).toBeLessThanOrEqual(near(expected));
				});
		});
	});

	it('has every one of the last steps of a network that stops', () => {
		const norms = read.steps.map(({ lanes }) => lanes[1]?.gradientNorms);
		expect(new Set(norms.slice(STOPS - 10, STOPS)).size).toBe(10);
		expect(norms[STOPS]).toBeUndefined();
	});

	it('keeps all else, and says what it ran on', () => {
		expect(read).toMatchObject({
			experiment,
			evaluations: whole.evaluations,
			events: whole.events,
			environment: { ...whole.environment, machine: 'two cores' }
		});
	});

	it('is a fiftieth of the record or less', () => {
		expect(file.length).toBeLessThan(writeRecord(whole).length / 50);
	});

	it('is written again without further loss', () => {
		const again = readRecording(writeRecording(read, 'two cores'));
		expect(again.steps.map(({ lanes }) => lanes[0]!.loss)).toEqual(
			read.steps.map(({ lanes }) => lanes[0]!.loss)
		);
		expect(again.steps.at(-1)!.lanes[0]).toEqual(read.steps.at(-1)!.lanes[0]);
	});

	it('keeps NaN, infinities and numbers of any size', () => {
		const odd = [NaN, Infinity, -Infinity, 0, -0, 1e-37, 3e38, -1e-12];
		const [first] = whole.steps;
		const { blocks } = analyse(laneNetwork(experiment.lanes[0], [16, 16, 1]));
		const steps = odd.map((value, i) => ({
			...first,
			step: i + 1,
			lanes: [
				{
					...first.lanes[0]!,
					loss: value,
					blockOutputStd: new Float32Array(blocks.length).fill(value)
				},
				null
			]
		}));
		const { steps: found } = readRecording(writeRecording({ ...whole, steps, events: [] }, ''));
		found.forEach(({ lanes }, i) => {
			const { loss } = lanes[0]!;
			if (odd[i] && Number.isFinite(odd[i]))
				expect(Math.abs(loss / odd[i] - 1)).toBeLessThan(1 / 250);
			else expect(loss).toBe(odd[i]);
			expect(lanes[0]!.blockOutputStd[0]).toEqual(lanes[0]!.loss);
		});
	});
});

describe('a damaged recording', () => {
	const files = unzipSync(file);
	const head = JSON.parse(strFromU8(files['run.json'])) as Record<string, unknown>;
	const withHead = (change: object, numbers = files['numbers.bin']) =>
		zipSync({
			'run.json': strToU8(JSON.stringify({ ...head, ...change })),
			'numbers.bin': numbers
		});

	it.each<[string, Uint8Array, string]>([
		['cut', file.subarray(0, 500), 'not a whole zip file'],
		['without numbers', zipSync({ 'run.json': files['run.json'] }), 'without numbers.bin'],
		['not JSON', zipSync({ ...files, 'run.json': strToU8('{') }), 'run.json: not JSON'],
		['of another kind', withHead({ kind: 'cat' }), 'kind: '],
		['too short', withHead({}, files['numbers.bin'].subarray(2)), 'numbers.bin: expected'],
		['with steps out of order', withHead({ kept: [1, 9, 3] }), 'kept: expected rising'],
		['that keeps no first step', withHead({ kept: [2] }), 'kept: expected rising'],
		['with a lane too many', withHead({ trained: [[], [], []] }), 'trained: expected 2 lanes'],
		['with too many steps', withHead({ steps: 1e7 }), 'steps: ']
	])('%s is told by what is wrong', (_, bytes, message) => {
		expect(() => readRecording(bytes)).toThrow(RecordError);
		expect(() => readRecording(bytes)).toThrow(message);
	});

	it('of any byte never does anything but read or say what is wrong', () => {
		for (let i = 0; i < 200; i++) {
			const bytes = file.slice();
			bytes[(i * 7919) % bytes.length] ^= 1 << (i % 8);
			try {
				readRecording(bytes);
			} catch (error) {
				expect(error).toBeInstanceOf(RecordError);
			}
		}
	});
});
