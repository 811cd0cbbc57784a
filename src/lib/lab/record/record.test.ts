import { describe, expect, it } from 'vitest';
import { analyse } from '$lib/network';
import { laneNetwork } from '../experiment/experiment';
import { PRESETS } from '../experiment/presets';
import { RecordFileError } from './problem';
import { readRecord } from './read';
import { writeRecord, type RunRecord } from './record';
import { shortest } from '$lib/base/numbers';

const experiment = PRESETS.degradation(8);
const analysed = analyse(laneNetwork(experiment.lanes[0], [16, 16, 1]));
const parameters = analysed.parameters.length;

function metrics(loss: number, norm: number) {
	return {
		loss,
		trainingError: 0.875,
		gradientNorms: new Float32Array(parameters).fill(norm),
		weightNorms: new Float32Array(analysed.layers.length).fill(3),
		updateNorms: new Float32Array(analysed.layers.length).fill(0.1),
		deadShares: new Float32Array(analysed.layers.length).fill(NaN),
		blockOutputGradientNorms: Float32Array.of(norm, 0, 1e-40),
		blockOutputStd: Float32Array.of(0.1, 1 / 3, 1e30)
	};
}

const record: RunRecord = {
	version: 1,
	kind: 'residual-explorer-run',
	experiment,
	input: [16, 16, 1],
	environment: {
		app: 'test',
		backend: 'cpu',
		trials: [],
		userAgent: 'node',
		startedAt: '2026-01-01T00:00:00.000Z'
	},
	steps: [
		{ step: 1, milliseconds: 12.5, lanes: [metrics(2.3, 1 / 3), metrics(2.4, 3.1e-12)] },
		{ step: 2, milliseconds: 11, lanes: [metrics(NaN, Infinity), null] }
	],
	evaluations: [
		{ step: 1, lane: 1, loss: 2, error: 0.9, images: 500, scales: [0.25, null, -1e-3] },
		{ step: 2, lane: 1, loss: Infinity, error: 0.9, images: 500 }
	],
	events: [
		{ kind: 'gate', step: 1, lane: 1, block: 2, gate: 0 },
		{ kind: 'learning-rate', step: 1, learningRate: 0.1 },
		{ kind: 'resumed', step: 1, cause: 'device-lost', backend: 'wasm' },
		{ kind: 'not-finite', step: 2, lane: 1, where: { node: 'block1/conv1', pass: 'forward' } }
	],
	start: {
		probe: { activation: 'sigmoid', norm: 'none', initialisation: 'xavier', seed: 1 },
		profiles: [
			{
				depth: 8,
				norms: { plain: Array<number>(8).fill(0.5), residual: Array<number>(8).fill(Infinity) }
			}
		]
	},
	prediction: {
		steps: 150,
		lanes: [
			{ error: Array<number>(26).fill(0.25), gradient: null },
			{ error: null, gradient: Array<number>(8).fill(-1.5) }
		],
		seen: 1
	},
	sweep: {
		spec: { axes: [{ setting: 'depth', values: [8] }], seeds: 1, steps: 50 },
		points: [
			{
				values: [8],
				seed: 1,
				kind: 'plain',
				trainingError: 0.25,
				testError: null,
				milliseconds: 3
			}
		]
	}
};

const text = writeRecord(record);
/** The record's text with one value replaced. */
function changed(change: (json: Record<string, never>) => void): string {
	const json = JSON.parse(text);
	change(json);
	return JSON.stringify(json);
}

describe('writing and reading', () => {
	it('loses nothing, not even NaN, infinities and subnormal numbers', () => {
		expect(readRecord(text)).toEqual({ record, warnings: [] });
	});

	it('writes 32-bit floats in their shortest form', () => {
		expect(shortest(Math.fround(0.1))).toBe(0.1);
		for (let i = 0; i < 1000; i++) {
			const value = Math.fround(Math.sin(i) * 10 ** ((i % 60) - 30));
			expect(Math.fround(shortest(value))).toBe(value);
		}
	});
});

describe('a record of an earlier version', () => {
	it('opens with NaN for the readings that it does not have', () => {
		const earlier = changed((r) =>
			((r as never)['steps'][0]['lanes'] as object[]).forEach((own: object) =>
				Reflect.deleteProperty(own, 'deadShares')
			)
		);
		const [first] = readRecord(earlier).record.steps;
		expect(first.lanes[0]!.deadShares).toEqual(new Float32Array(8).fill(NaN));
		expect(first.lanes[0]!.gradientNorms).toEqual(record.steps[0].lanes[0]!.gradientNorms);
	});
});

describe('damaged records', () => {
	const ODD = [null, -1, 1e308, 'x', '', [], {}, true, 0.5, { kind: 'gate' }, Array(3).fill('NaN')];

	/** Puts something odd in the place of a value that a seed chooses, or takes it away. */
	function oddValue(seed: number): string {
		const json = JSON.parse(text);
		let at = json;
		for (let depth = 0, s = seed; ; depth++, s = Math.floor(s / 7) + 3) {
			const keys = Object.keys(at);
			const key = keys[s % keys.length];
			const next = at[key];
			if (next && typeof next === 'object' && Object.keys(next).length && depth < 6 && s % 5) {
				at = next;
				continue;
			}
			if (seed % 6 === 0) delete at[key];
			else if (seed % 6 === 1) return JSON.stringify(json).replace(`"${key}"`, '"__proto__"');
			else at[key] = ODD[seed % ODD.length];
			return JSON.stringify(json);
		}
	}

	function oddCharacters(seed: number): string {
		const at = (seed * 7919) % text.length;
		if (seed % 3 === 0) return text.slice(0, at);
		if (seed % 3 === 1) return text.slice(0, at) + '}]"0-'[seed % 5] + text.slice(at);
		return text.slice(0, at) + text.slice(at + 1 + (seed % 40));
	}

	it('are refused by the reader’s own error, or hold what a record holds', () => {
		let refused = 0;
		for (let seed = 0; seed < 400; seed++) {
			const damaged = seed % 2 ? oddValue(seed) : oddCharacters(seed);
			try {
				const { record: read } = readRecord(damaged);
				expect(readRecord(writeRecord(read)).record, `seed ${seed}`).toEqual(read);
			} catch (error) {
				if (!(error instanceof RecordFileError)) throw new Error(`seed ${seed}`, { cause: error });
				refused++;
			}
		}
		expect(refused).toBeGreaterThan(200);
	});
});
