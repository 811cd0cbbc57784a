import * as Comlink from 'comlink';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Experiment } from './experiment';
import { PRESETS } from './presets';
import type { Report, TrainerApi } from './protocol';
import { LabSession } from './session.svelte';

/** A worker whose trainer reports what the test says. */
function startSession() {
	let report: (report: Report) => void = () => {};
	const nothing = async () => {};
	const trainer: TrainerApi = {
		async connect(told) {
			report = told;
		},
		prepare: nothing,
		resume: nothing,
		ping: () => {},
		run: nothing,
		pause: nothing,
		step: nothing,
		lesion: nothing,
		landscape: nothing,
		shuffle: nothing,
		operate: nothing,
		undoOperation: nothing,
		probeStart: nothing,
		inside: nothing,
		cancelJob: () => {},
		retryData: nothing,
		setGates: nothing,
		setLearningRate: nothing,
		setSpeedLimit: nothing
	};
	const { port1, port2 } = new MessageChannel();
	Comlink.expose(trainer, port1);
	const session = new LabSession('http://localhost/', 'test', () =>
		Object.assign(port2, { terminate: () => port2.close() } as unknown as Worker)
	);
	return { session, tell: (told: Report) => report(told), close: () => port1.close() };
}

const ready = (experiment: Experiment): Report => ({
	kind: 'ready',
	step: 0,
	experiment,
	startedAt: '2026-01-01T00:00:00Z',
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
		const { session, tell, close } = startSession();
		const first = PRESETS.degradation(8);
		await session.open({ experiment: first });
		tell(ready(first));
		await vi.waitFor(() => expect(session.status).toBe('ready'));
		const changed = (seed: number): Experiment => ({ ...session.present()!, seed });
		const second = { ...first, recipe: { ...first.recipe, clip: 0.5 } };
		await session.open({ experiment: second });
		const third = changed(7);
		await session.open({ experiment: third });
		tell(ready(second));
		expect(session.present()).toEqual({ ...second, seed: 7 });
		expect(session.status).toBe('starting');
		tell(ready(third));
		await vi.waitFor(() => expect(session.status).toBe('ready'));
		expect(session.experiment).toEqual(third);
		session.close();
		close();
	});
});

it('what is measured beside training is in the link, and makes no other run of this one', async () => {
	const { session, tell, close } = startSession();
	const experiment = PRESETS.degradation(8);
	await session.open({ experiment });
	tell(ready(experiment));
	await vi.waitFor(() => expect(session.status).toBe('ready'));
	const before = session.experiment;
	const landscape = { seed: 3, span: 0.5, finest: 9 } as const;
	await session.landscape(landscape);
	expect(session.experiment).toBe(before);
	expect(session.present()!.studies).toEqual({ landscape });
	await session.open({ experiment });
	tell(ready(experiment));
	await vi.waitFor(() => expect(session.status).toBe('ready'));
	expect(session.present()!.studies).toBeUndefined();
	session.close();
	close();
});

describe('a tab that was hidden while it trained', () => {
	afterEach(() => void vi.restoreAllMocks());

	/** Ten steps a second before; so many in the ten seconds hidden. */
	async function hideFor10Seconds(steps: number) {
		const { session, tell, close } = startSession();
		const experiment = PRESETS.degradation(8);
		await session.open({ experiment });
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
			await vi.waitFor(() => expect(session.history.step).toBe(from + count - 1));
		};
		tell(ready(experiment));
		tell({ kind: 'running', running: true });
		await told(1, 20);
		const now = vi.spyOn(performance, 'now').mockReturnValue(1000);
		session.visibilityChanged(true);
		if (steps) await told(21, steps);
		now.mockReturnValue(11_000);
		session.visibilityChanged(false);
		session.close();
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
