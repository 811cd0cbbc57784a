import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { BackendName, BackendTrial } from '$lib/engine/engine';
import type { Experiment } from '../experiment/experiment';
import { readLabLink, writeLabLink } from '../experiment/link';
import { timeFor } from '../experiment/pace';
import { PRESETS } from '../experiment/presets';
import type { Report } from '../worker/protocol';
import type { KeptRun, RunEntry } from '../store/runs';
import { LabSession } from './session.svelte';
import { standIn } from './testing';

/** What the session asks of its workers, the latest last, and what they say when the test says so. */
function startSession({ answers = true } = {}) {
	const asked: { request: number; wish?: BackendName | null }[] = [];
	const runs: (number | undefined)[] = [];
	const worker = standIn(
		{
			prepare: async (request, _, wish) => void asked.push({ request, wish }),
			resume: async (request) => void asked.push({ request }),
			run: async (until) => void runs.push(until)
		},
		answers
	);
	const session = new LabSession('http://localhost/', 'test', worker.create);
	return {
		session,
		asked,
		/** Up to which steps it was told to train. */
		runs,
		workers: worker.workers,
		tell: worker.report,
		/** As the trainer tells of the latest request once it knows the images. */
		opened: (experiment: Experiment) => worker.report(opened(experiment, asked.at(-1)!.request)),
		/** As the trainer answers a request, the latest by default. */
		ready: (experiment: Experiment, request = asked.at(-1)!.request) => {
			worker.report(opened(experiment, request));
			worker.report({
				kind: 'ready',
				request,
				step: 0,
				experiment,
				startedAt: '2026-01-01T00:00:00Z',
				reference: null
			});
		},
		close: () => {
			session.close();
			worker.close();
		}
	};
}

const opened = (experiment: Experiment, request: number): Report => ({
	kind: 'opened',
	request,
	experiment,
	images: {
		set: 'fashion-mnist',
		title: 'test',
		input: [16, 16, 1],
		sizes: { half: 16, full: 32 },
		classes: [],
		train: 1,
		test: 1
	}
});

describe('changes in quick succession', () => {
	it('add up, whatever has been made ready meanwhile', async () => {
		const { session, asked, ready: isReady, close } = startSession();
		const first = PRESETS.degradation(8);
		await session.open(first);
		isReady(first);
		await expect.poll(() => session.status).toBe('ready');
		const changed = (seed: number): Experiment => ({ ...session.present()!, seed });
		const second = { ...first, recipe: { ...first.recipe, clip: 0.5 } };
		await session.open(second);
		const third = changed(7);
		await session.open(third);
		isReady(second, asked.at(-2)!.request);
		expect(session.present()).toEqual({ ...second, seed: 7 });
		expect(session.status).toBe('starting');
		isReady(third);
		await expect.poll(() => session.status).toBe('ready');
		expect(session.experiment).toEqual(third);
		close();
	});
});

it('draws networks before they are ready, and has no record of them until then', async () => {
	vi.stubGlobal('navigator', { userAgent: 'a test' });
	onTestFinished(() => void vi.unstubAllGlobals());
	const { session, tell, opened, ready: isReady, close } = startSession();
	const first = PRESETS.degradation(8);
	await session.open(first);
	tell({ kind: 'backend', choice: { name: 'wasm', trials: [] } });
	expect(session.present(), 'asked for').toEqual(first);
	expect(session.networks).toEqual([]);
	opened(first);
	await expect.poll(() => session.networks).toHaveLength(2);
	expect([session.status, session.record()]).toEqual(['starting', null]);
	isReady(first);
	await expect.poll(() => session.status).toBe('ready');
	expect(session.record()?.experiment).toEqual(first);
	const second = PRESETS.degradation(20);
	await session.open(second);
	expect(session.record()?.experiment, 'still on the screen').toEqual(first);
	opened(second);
	await expect.poll(() => session.experiment).toEqual(second);
	tell({ kind: 'failure', request: null, failure: { code: 'engine', detail: 'too large' } });
	await expect.poll(() => session.status).toBe('failed');
	expect([session.experiment, session.record()]).toEqual([second, null]);
	close();
});

it('knows the pace of this machine from the latest steps here, whatever is opened next', async () => {
	const { session, tell, ready: isReady, close } = startSession();
	const open = async (depth: number) => {
		const experiment = PRESETS.degradation(depth);
		await session.open(experiment);
		isReady(experiment);
		await expect.poll(() => session.experiment).toEqual(experiment);
	};
	const step = (milliseconds: number) =>
		tell({ kind: 'steps', steps: [{ step: 1, milliseconds, lanes: [null, null] }] });
	const backend = (name: BackendName) => tell({ kind: 'backend', choice: { name, trials: [] } });
	await open(8);
	expect(session.pace).toBeNull();
	step(14);
	const ofStep = (depth: number) =>
		session.pace && timeFor(1, PRESETS.degradation(depth), session.pace);
	await expect.poll(() => ofStep(8)).toBeCloseTo(14, 9);
	await open(20);
	expect(ofStep(20)).toBeCloseTo(38, 9);
	step(411);
	await expect.poll(() => ofStep(20)).toBeCloseTo(411, 9);
	backend('webgl');
	await expect.poll(() => session.pace).toBeNull();
	close();
});

it('what is measured beside training is in the link, and makes no other run of this one', async () => {
	const { session, ready: isReady, close } = startSession();
	const experiment = PRESETS.degradation(8);
	await session.open(experiment);
	isReady(experiment);
	await expect.poll(() => session.status).toBe('ready');
	const before = session.experiment;
	const landscape = { seed: 3, span: 0.5, finest: 9 } as const;
	await session.measure('landscape', landscape);
	expect(session.experiment).toBe(before);
	expect(session.present()!.studies).toEqual({ landscape });
	await session.open(experiment);
	isReady(experiment);
	await expect.poll(() => session.status).toBe('ready');
	expect(session.present()!.studies).toBeUndefined();
	close();
});

it('the class that is explained beside the predicted one is in the link too, if it is not the true one', async () => {
	const { session, ready: isReady, close } = startSession();
	const experiment = PRESETS.degradation(8);
	await session.open(experiment);
	isReady(experiment);
	await expect.poll(() => session.status).toBe('ready');
	const image = { kind: 'test', index: 7 } as const;
	const spec = { image, block: 1, node: 'stem', untrained: false };
	const noted = async (other: number | null) => {
		await session.measure('inside', { ...spec, other });
		const present = session.present()!;
		expect(readLabLink(String(writeLabLink(present))).experiment).toEqual(present);
		return present.studies!.inside;
	};
	expect(await noted(3)).toEqual({ image: 7, block: 1, node: 'stem', other: 3 });
	// Earlier versions wrote every note like this.
	expect(await noted(null)).toEqual({ image: 7, block: 1, node: 'stem' });
	close();
});

describe('a tab that was hidden while it trained', () => {
	afterEach(() => void vi.restoreAllMocks());

	/** Ten steps a second before; so many in the ten seconds hidden. */
	async function hideFor10Seconds(steps: number) {
		const { session, tell, ready: isReady, close } = startSession();
		const experiment = PRESETS.degradation(8);
		await session.open(experiment);
		const told = async (from: number, count: number) => {
			const lanes = experiment.lanes.map(() => null);
			tell({
				kind: 'steps',
				steps: Array.from({ length: count }, (_, i) => ({
					step: from + i,
					milliseconds: 100,
					lanes
				}))
			});
			await expect.poll(() => session.history.step).toBe(from + count - 1);
		};
		isReady(experiment);
		tell({ kind: 'running', running: true });
		await told(1, 20);
		const now = vi.spyOn(performance, 'now').mockReturnValue(1000);
		session.visibilityChanged(true);
		if (steps) await told(21, steps);
		now.mockReturnValue(11_000);
		session.visibilityChanged(false);
		close();
		return session.interruption;
	}

	it('is told that the browser held it back', async () => {
		expect(await hideFor10Seconds(7)).toEqual({ kind: 'hidden', seconds: 10, steps: 7 });
	});

	it('hears nothing when it trained on', async () => {
		expect(await hideFor10Seconds(95)).toBeNull();
	});
});

describe('answers to requests', () => {
	it('count for the latest one alone, also where two ask for the same', async () => {
		const { session, tell, asked, ready: isReady, close } = startSession();
		const experiment = PRESETS.degradation(8);
		await session.open(PRESETS.degradation(20));
		await session.open(experiment);
		await session.open(experiment);
		const [other, first] = asked;
		isReady(PRESETS.degradation(20), other.request);
		isReady(experiment, first.request);
		const failure = { code: 'engine', detail: 'of the first' } as const;
		tell({ kind: 'failure', request: first.request, failure });
		tell({ kind: 'data', bytes: 1, total: 2 });
		await expect
			.poll(() => session.startup.received?.bytes, { message: 'all has been heard' })
			.toBe(1);
		expect(session.status).toBe('starting');
		isReady(experiment);
		await expect.poll(() => session.status).toBe('ready');
		expect(session.experiment).toEqual(experiment);
		close();
	});
});

describe('an experiment that is opened to be trained', () => {
	it('trains once it is ready, and only then; one that is opened after it waits', async () => {
		const { session, runs, ready: isReady, close } = startSession();
		const experiment = PRESETS.degradation(8);
		await session.start(experiment, 90);
		expect(runs).toEqual([]);
		isReady(experiment);
		await expect.poll(() => runs).toEqual([90]);
		await session.start(experiment);
		await session.open(experiment);
		isReady(experiment);
		await expect.poll(() => session.status).toBe('ready');
		expect(runs).toEqual([90]);
		close();
	});
});

describe('what takes the place of a run that is being taken up', () => {
	const experiment = PRESETS.degradation(8);
	const lanes = experiment.lanes.map(() => ({
		parameters: new Map(),
		velocities: new Map(),
		averages: new Map()
	}));
	const kept = (): KeptRun => ({
		entry: { id: 'kept' } as RunEntry,
		record: {
			version: 1,
			kind: 'residual-explorer-run',
			experiment,
			input: [16, 16, 1],
			environment: { app: 'a', backend: 'wasm', trials: [], userAgent: 'u', startedAt: '2026' },
			steps: [],
			evaluations: [],
			events: []
		},
		snapshot: {
			experiment,
			backend: 'wasm',
			step: 0,
			gates: [[], [1, 1, 1]],
			active: [true, true],
			learningRate: 0.1,
			lanes
		}
	});

	it('is a run of its own, though the other was not ready yet', async () => {
		const { session, asked, ready: isReady, close } = startSession();
		await session.continue(kept());
		await expect.poll(() => asked).toHaveLength(1);
		const other = { ...experiment, seed: 5 };
		await session.open(other);
		isReady(other);
		await expect.poll(() => session.status).toBe('ready');
		expect(session.experiment).toEqual(other);
		expect(session.keeper.runId).not.toBe('kept');
		close();
	});

	it('gets a worker of its own, which may take another backend; a reset does not', async () => {
		const { session, asked, ready: isReady, workers, close } = startSession();
		await session.continue(kept());
		await expect.poll(() => asked).toHaveLength(1);
		isReady(experiment);
		await expect.poll(() => session.status).toBe('ready');
		await session.reset();
		expect(workers()).toBe(1);
		await session.open({ ...experiment, seed: 2 });
		expect(workers()).toBe(2);
		close();
	});

	it('may be a record, which no late answer takes from the screen', async () => {
		const { session, asked, tell, ready: isReady, close } = startSession();
		await session.open(experiment);
		await session.replay(kept().record);
		isReady(experiment, asked[0].request);
		tell({ kind: 'data', bytes: 1, total: 2 });
		await expect
			.poll(() => session.startup.received?.bytes, { message: 'all has been heard' })
			.toBe(1);
		expect(session.status).toBe('replay');
		close();
	});

	it('is asked for again when its images could not be fetched', async () => {
		const { session, asked, tell, close } = startSession();
		await session.continue(kept());
		await expect.poll(() => asked).toHaveLength(1);
		const failure = { code: 'data', detail: 'offline' } as const;
		tell({ kind: 'failure', request: asked[0].request, failure });
		await expect.poll(() => session.status).toBe('failed');
		await session.retryData();
		expect(session.status).toBe('starting');
		expect(asked).toHaveLength(2);
		expect(asked[1], 'resumed, not begun anew').not.toHaveProperty('wish');
		close();
	});
});

it('what could not be prepared stays the experiment that is shown, changed and started again', async () => {
	const { session, asked, tell, ready: isReady, close } = startSession();
	const [first, second] = [8, 14].map((depth) => PRESETS.degradation(depth));
	await session.open(first);
	isReady(first);
	await expect.poll(() => session.status).toBe('ready');
	await session.open(second);
	const failure = { code: 'pretraining-stopped' } as const;
	tell({ kind: 'failure', request: asked[1].request, failure });
	await expect.poll(() => session.status).toBe('failed');
	expect(session.present()).toEqual(second);
	await session.restart(null);
	expect(session.requested).toEqual(second);
	close();
});

describe('a worker that says nothing', () => {
	const toFake = [
		'setTimeout',
		'clearTimeout',
		'setInterval',
		'clearInterval',
		'performance'
	] as const;
	beforeEach(() => void vi.useFakeTimers({ toFake: [...toFake] }));
	afterEach(() => void vi.useRealTimers());
	/** Lets messages through, and so many seconds pass. */
	async function pass(seconds: number) {
		for (let i = 0; i < seconds; i++) {
			await vi.advanceTimersByTimeAsync(1000);
			await new Promise((resolve) => setImmediate(resolve));
		}
	}
	const experiment = PRESETS.degradation(8);

	it('and does not load is started once more, then told of', async () => {
		const { session, workers, close } = startSession({ answers: false });
		void session.open(experiment);
		await pass(46);
		expect(session.status).toBe('starting');
		expect(session.interruption).toMatchObject({ kind: 'again', backend: null });
		expect(workers()).toBe(2);
		await pass(46);
		expect(session.status).toBe('failed');
		expect(session.failure).toEqual({
			code: 'worker',
			detail: 'training worker: no answer within 45 s'
		});
		close();
	});

	it('while it builds is started once more, and then on the next backend', async () => {
		const { session, asked, tell, ready: isReady, close } = startSession();
		const told = () => {
			const trial = (name: BackendName, reason: BackendTrial['reason']): BackendTrial => ({
				name,
				milliseconds: 3,
				device: null,
				reason
			});
			const trials = [trial('webgpu', null), trial('wasm', { code: 'slower', than: 'webgpu' })];
			tell({ kind: 'backend', choice: { name: 'webgpu', trials } });
			tell({ kind: 'phase', phase: { kind: 'build' } });
		};
		void session.open(experiment);
		await pass(1);
		told();
		await pass(62);
		expect(asked.map(({ wish }) => wish)).toEqual([null, null]);
		told();
		await pass(62);
		expect(asked.map(({ wish }) => wish)).toEqual([null, null, 'wasm']);
		expect(session.interruption).toMatchObject({
			kind: 'again',
			backend: 'wasm',
			failure: { code: 'silent' }
		});
		isReady(experiment);
		await pass(1);
		expect(session.status).toBe('ready');
		expect(session.preferred, 'the wish is the user’s').toBeNull();
		await pass(300);
		expect(session.status, 'nothing is awaited').toBe('ready');
		close();
	});

	it('in a backend’s trial is started on wasm', async () => {
		const { session, asked, tell, close } = startSession();
		void session.open(experiment);
		await pass(1);
		tell({ kind: 'phase', phase: { kind: 'backend', name: 'webgl' } });
		await pass(62);
		expect(asked.map(({ wish }) => wish)).toEqual([null, 'wasm']);
		close();
	});

	it('while it trains is resumed from its last snapshot', async () => {
		const { session, asked, tell, workers, ready: isReady, close } = startSession();
		void session.open(experiment);
		await pass(1);
		isReady(experiment);
		const lanes = experiment.lanes.map(() => ({
			parameters: new Map(),
			velocities: new Map(),
			averages: new Map()
		}));
		const gates = session.gates;
		const rest = { step: 0, gates, active: [true, true], learningRate: 0.1, lanes };
		tell({ kind: 'snapshot', snapshot: { experiment, backend: 'wasm', ...rest } });
		void session.run();
		tell({ kind: 'running', running: true });
		await pass(62);
		expect(workers()).toBe(2);
		expect(asked).toHaveLength(2);
		expect(session.status).toBe('starting');
		expect(session.startup.phase).toEqual({ kind: 'resume', cause: 'worker' });
		close();
	});
});
