/** Runs in the browser for `record.mjs`: trains an experiment in the app's trainer and stores snapshots to resume from. */
import type { Snapshot } from '$lib/lab/record/snapshot';
import type { BackendName } from '$lib/engine/engine';
import { uniqueName } from '$lib/base/uniqueName';
import type { Experiment } from '$lib/lab/experiment/experiment';
import { History, historyOf } from '$lib/lab/record/history';
import type { Report } from '$lib/lab/worker/protocol';
import type { RunRecord } from '$lib/lab/record/record';
import { writeRecording } from '$lib/lab/record/recording';
import type { RecordedStudy } from '$lib/lab/experiment/recordings';
import { RunStore } from '$lib/lab/store/runs';
import { recordedResults } from '$lib/lab/studies';
import { Trainer } from '$lib/lab/worker/trainer';

interface Job {
	readonly experiment: Experiment;
	readonly steps: number;
	readonly studies: readonly RecordedStudy[];
	readonly backend: BackendName;
	readonly machine: string;
	readonly app: string;
}

/** Key of the only run in the page's store. */
const RUN = 'recording';
const KEEP_EVERY_MS = 10_000;

declare global {
	/** Reports progress to the command. */
	var recordProgress: (what: string, done: number, of: number) => void;
}

/**
 * @returns the file of the recording, in base64
 * @throws Error with the failure that the trainer reported, as JSON
 */
async function recordRun({
	experiment,
	steps,
	studies,
	backend,
	machine,
	app
}: Job): Promise<string> {
	const store = await RunStore.open('recording');
	const kept = await store.load(RUN).catch(() => null);
	await store.take(RUN);
	const trainer = new Trainer();
	let history = new History(experiment.lanes.length);
	let record: Omit<RunRecord, 'steps' | 'evaluations' | 'events'> | null = kept?.record ?? null;
	let failure: unknown = null;
	let snapshot: Snapshot | null = kept?.snapshot ?? null;
	let stopped: () => void = () => {};
	let keptAt = performance.now();
	let input: RunRecord['input'] | null = null;
	const present = (): RunRecord => ({
		...record!,
		steps: history.steps,
		evaluations: history.evaluations,
		events: history.events,
		...recordedResults(history.results)
	});
	const report = (told: Report) => {
		switch (told.kind) {
			case 'backend':
				environment.backend = told.choice.name;
				environment.trials = told.choice.trials;
				break;
			case 'opened':
				input = told.images.input;
				break;
			case 'ready':
				if (kept?.snapshot) history.truncate(told.step);
				else
					record = {
						version: 1,
						kind: 'residual-explorer-run',
						experiment,
						input: input!,
						environment: { ...environment, startedAt: told.startedAt }
					};
				break;
			case 'steps':
				history.addSteps(told.steps);
				recordProgress('steps', history.step, steps);
				break;
			case 'evaluation':
				history.addEvaluation(told.evaluation);
				break;
			case 'event':
				history.addEvent(told.event);
				break;
			case 'found':
				history.addResult(told.study, told.found);
				break;
			case 'job':
				if (told.job) recordProgress(told.job.kind, told.job.done, told.job.of);
				break;
			case 'snapshot':
				snapshot = told.snapshot;
				if (!record || performance.now() - keptAt < KEEP_EVERY_MS) break;
				keptAt = performance.now();
				void store.save(RUN, present(), snapshot);
				break;
			case 'failure':
				failure = told.failure;
				stopped();
				break;
			case 'running':
				if (!told.running) stopped();
		}
	};
	const environment = {
		app,
		backend: backend as string,
		trials: [] as RunRecord['environment']['trials'],
		userAgent: navigator.userAgent
	};
	const check = () => {
		if (failure) throw new Error(JSON.stringify(failure));
	};
	await trainer.connect(report, new URL('/static/data/', location.href).href, uniqueName(), null);
	if (kept && snapshot) {
		history = historyOf(kept.record);
		await trainer.resume(1, snapshot, 'kept');
	} else await trainer.prepare(1, experiment, backend);
	check();
	if (history.step < steps) {
		const done = new Promise<void>((resolve) => (stopped = resolve));
		await trainer.run(steps);
		await done;
	}
	check();
	if (studies.includes('lesion')) {
		await trainer.measure('lesion', null);
		await trainer.measure('shuffle', null);
	}
	if (studies.includes('landscape'))
		await trainer.measure('landscape', { seed: 1, span: 1, finest: 17 });
	if (studies.includes('start')) await trainer.measure('start', startSpec(experiment));
	if (studies.includes('shattered'))
		await trainer.measure('shattered', { seed: experiment.seed, points: 64 });
	if (studies.includes('travel')) await trainer.measure('travel', { seed: 1, samples: 30 });
	check();
	const bytes = writeRecording(present(), machine);
	let text = '';
	for (const byte of bytes) text += String.fromCharCode(byte);
	return btoa(text);
}

/** Measures fresh networks with the techniques of the experiment's first lane. */
function startSpec({ lanes: [{ network }], seed }: Experiment) {
	const { activation, norm, initialisation } = network;
	return { activation, norm, initialisation, seed };
}

Object.assign(globalThis, { recordRun });
