/**
 * Runs experiments in the worker: makes them ready on the chosen backend, steps them, and does what is asked for between
 * two steps. Knows neither page nor words.
 */
import { breathe } from '$lib/base/breathe';
import { holdLifeline } from '$lib/base/lifeline';
import { Turns } from '$lib/base/turns';
import { inputShape, type DataSet } from '$lib/data';
import { chooseBackend, type Backend } from '$lib/engine';
import type { BackendName } from '$lib/engine/engine';
import type { Experiment, Request } from '../experiment/experiment';
import type { DepthChoice } from '../experiment/pace';
import { isPresetName, PRESETS } from '../experiment/presets';
import type { ResumeCause } from '../record/record';
import type { Snapshot } from '../record/snapshot';
import type { Found, Spec, StudyName } from '../studies';
import type { Measurement, Underway } from '../studies/measurement';
import { MEASURES } from '../studies/measures';
import { failureOf } from './failure';
import { imagesInfo, openImages, testImages } from './images';
import { measurePace } from './measurePace';
import type { Change, Job, Report, TestImages, TrainerApi } from './protocol';
import { Run } from './run';

/** A lost device or worker costs no more training than this, and one step. */
const SNAPSHOT_EVERY_MS = 2000;
/** The browser reports a lost device at most this long after the failure it causes. */
const LOSS_IS_TOLD_MS = 500;

export class Trainer implements TrainerApi {
	#report: (report: Report) => void = () => {};
	#dataUrl = '';

	/** In use for as long as the worker lives: another one comes with another worker. */
	#backend: Backend | null = null;
	#data: { id: string; set: DataSet } | null = null;
	/** What stands ready; null while something is being made ready, and after a loss. */
	#run: Run | null = null;
	/** The device is gone; what fails afterwards fails because of that, and has been said. */
	#lost = false;
	/** Milliseconds from step to step at least. */
	#pause = 0;
	/** The loop that makes steps; null after a pause. */
	#loop: symbol | null = null;
	/** Number of the latest request to make something ready. */
	#asked = 0;
	/** Calls and steps take turns. */
	readonly #turns = new Turns();
	/** Of all jobs that have been asked for and have not ended. */
	readonly #jobs = new Set<AbortController>();

	async connect(
		report: (report: Report) => void,
		dataUrl: string,
		lifeline: string
	): Promise<void> {
		this.#report = report;
		this.#dataUrl = dataUrl;
		await holdLifeline(lifeline);
	}

	prepare(number: number, request: Request, wish: BackendName | null): Promise<void> {
		return this.#makeReady(number, async () => {
			const backend = await this.#chooseBackend(wish);
			const preset = 'experiment' in request ? null : presetOf(request.preset);
			let experiment = 'experiment' in request ? request.experiment : presetOf(request.preset)(20);
			const set = await this.#openData(experiment.data.set);
			if (preset) experiment = preset((await this.#measurePace(backend, experiment, set)).depth);
			this.#report({ kind: 'phase', phase: { kind: 'build' } });
			await this.#build(number, backend, experiment, set, null);
		});
	}

	resume(number: number, snapshot: Snapshot, cause: ResumeCause): Promise<void> {
		return this.#makeReady(number, async () => {
			const backend = await this.#chooseBackend(snapshot.backend);
			const set = await this.#openData(snapshot.experiment.data.set);
			this.#report({ kind: 'phase', phase: { kind: 'resume', cause } });
			const run = await this.#build(number, backend, snapshot.experiment, set, snapshot);
			const { step } = snapshot;
			this.#report({
				kind: 'event',
				event: { kind: 'resumed', step, cause, backend: backend.name }
			});
			// What they are worth is seen at once.
			if (cause === 'weights') await run.evaluate();
		});
	}

	/** Does what a request asks for when its turn has come, unless a later one has taken its place meanwhile. */
	async #makeReady(number: number, action: () => Promise<void>): Promise<void> {
		this.#stopLoop();
		this.cancelJobs();
		this.#asked = number;
		const inTurn = async () => {
			if (number !== this.#asked) return;
			// No step of the run before may be told as one of this run; one that fails has failed that run.
			await this.#run?.settle().catch(() => {});
			this.#run?.flush();
			await action();
		};
		await this.#guarded(() => this.#turns.take(inTurn), number);
	}

	async run(until = Infinity): Promise<void> {
		if (!this.#run || this.#loop) return;
		const loop = (this.#loop = Symbol());
		this.#report({ kind: 'running', running: true });
		void this.#runLoop(loop, this.#run, until);
	}

	async pause(): Promise<void> {
		const running = this.#loop !== null;
		this.#loop = null;
		await this.#guarded(async () => {
			await this.#turns.take(async () => this.#run?.settle());
			// Told as paused when the last step has been told.
			this.#run?.flush();
			if (running) this.#report({ kind: 'running', running: false });
			await this.#turns.take(async () => this.#run?.takeSnapshot());
		});
	}

	async step(): Promise<void> {
		this.#stopLoop();
		const run = this.#run;
		if (!run) return;
		await this.#guarded(async () => {
			await run.imagesForNextStep();
			await this.#inTurnOf(run, async () => {
				await run.makeStep();
				await run.takeSnapshot();
			});
		});
		run.flush();
	}

	async measure<S extends StudyName>(study: S, spec: Spec<S>): Promise<void> {
		const { arrived, measure } = MEASURES[study] as Measurement<Spec<S>, Found<S>>;
		const found = (found: Found<S>) => this.#report({ kind: 'found', study, found } as Report);
		const set = this.#data?.set;
		await this.#besideTraining(
			study,
			(run, job) => measure(run, spec, { ...job, found }),
			// Training does not wait for images to arrive.
			set && arrived && (() => arrived(set, spec))
		);
	}

	/** Needs the data set alone: training goes on. */
	async testImages(indices: readonly number[]): Promise<TestImages | null> {
		let images: TestImages | null = null;
		await this.#guarded(async () => {
			if (this.#data) images = await testImages(this.#data.set, indices);
		});
		return images;
	}

	async change(change: Change): Promise<void> {
		switch (change.kind) {
			case 'gates':
				return this.#turns.take(async () => this.#run?.setGates(change.lane, change.gates));
			case 'learning-rate':
				return this.#turns.take(async () => this.#run?.setLearningRate(change.learningRate));
			case 'surgery':
				return this.#besideTraining('surgery', (run, job) =>
					run.operate(change.lane, change.operation, job)
				);
			case 'undo-surgery':
				return this.#besideTraining('surgery', (run, job) => run.undoOperation(job));
			case 'speed-limit':
				this.#pause = change.stepsPerSecond ? 1000 / change.stepsPerSecond : 0;
		}
	}

	cancelJobs(): void {
		for (const job of this.#jobs) job.abort();
	}

	async retryData(): Promise<void> {
		this.#data?.set.retry();
	}

	/**
	 * Does something that takes a while between two steps, when all steps under way have been told. It can be cancelled
	 * from when it is asked for, also while it waits for its turn.
	 * @param before what is awaited before the turn is asked for
	 */
	async #besideTraining(
		kind: Job['kind'],
		action: (run: Run, job: Underway) => Promise<void>,
		before?: () => Promise<void>
	): Promise<void> {
		const cancelled = new AbortController();
		const progress = (done: number, of: number) =>
			this.#report({ kind: 'job', job: { kind, done, of } });
		this.#jobs.add(cancelled);
		try {
			await this.#guarded(async () => {
				if (before) await Promise.race([before(), abortOf(cancelled.signal)]);
				// What runs already is on show.
				if (this.#jobs.size === 1 && !cancelled.signal.aborted) progress(0, 1);
				await this.#turns.take(async () => {
					const run = this.#run;
					if (cancelled.signal.aborted || !run) return;
					await run.settle();
					await action(run, { signal: cancelled.signal, progress });
				});
			});
		} finally {
			this.#jobs.delete(cancelled);
			if (!this.#jobs.size) this.#report({ kind: 'job', job: null });
		}
	}

	#stopLoop(): void {
		if (!this.#loop) return;
		this.#loop = null;
		this.#run?.flush();
		this.#report({ kind: 'running', running: false });
	}

	async #runLoop(loop: symbol, run: Run, until: number): Promise<void> {
		await this.#guarded(async () => {
			while (this.#loop === loop) {
				const started = performance.now();
				await run.imagesForNextStep();
				await this.#inTurnOf(run, async () => {
					if (this.#loop !== loop) return;
					await run.makeStep();
					if (run.unsaved > SNAPSHOT_EVERY_MS) await run.takeSnapshot();
				});
				if (run.step >= until || run.ended) {
					await run.settle();
					if (this.#loop === loop) this.#stopLoop();
				}
				await breathe(this.#pause - (performance.now() - started));
			}
		});
		run.flush();
	}

	/** Takes a turn, unless the run has been replaced or lost meanwhile. */
	#inTurnOf(run: Run, action: () => Promise<void>): Promise<void> {
		return this.#turns.take(async () => {
			if (this.#run === run) await action();
		});
	}

	/** @param wish of the user, or where a run has been; null leaves the choice to the measurement */
	async #chooseBackend(wish: BackendName | null): Promise<Backend> {
		if (this.#backend) return this.#backend;
		this.#report({ kind: 'phase', phase: { kind: 'backend', name: null } });
		const { backend, choice } = await chooseBackend({
			preferred: wish ?? undefined,
			onTry: (name) => this.#report({ kind: 'phase', phase: { kind: 'backend', name } }),
			onTrial: (trial) => this.#report({ kind: 'trial', trial })
		});
		this.#backend = backend;
		void backend.lost.then((detail) => this.#deviceLost(backend, detail));
		this.#report({ kind: 'backend', choice });
		return backend;
	}

	/** Nothing on the device can be read any more: no further step, whoever waits for one. */
	#deviceLost({ name: backend }: Backend, detail: string): void {
		if (this.#lost) return;
		this.#stopLoop();
		this.#run?.flush();
		this.#run = null;
		this.#lost = true;
		const failure = { code: 'device-lost', backend, detail } as const;
		this.#report({ kind: 'failure', request: null, failure });
	}

	async #openData(id: string): Promise<DataSet> {
		if (this.#data?.id === id) return this.#data.set;
		this.#report({ kind: 'phase', phase: { kind: 'data' } });
		const set = await openImages(id, this.#dataUrl, this.#report);
		this.#data = { id, set };
		return set;
	}

	async #measurePace(
		backend: Backend,
		{ data, recipe }: Experiment,
		set: DataSet
	): Promise<DepthChoice> {
		this.#report({ kind: 'phase', phase: { kind: 'pace' } });
		this.#closeRun();
		const choice = await measurePace(backend, recipe.batch, inputShape(set.manifest, data));
		this.#report({ kind: 'pace', choice });
		return choice;
	}

	/** Builds the networks at step 0, or as a snapshot has them. */
	async #build(
		request: number,
		backend: Backend,
		experiment: Experiment,
		set: DataSet,
		from: Snapshot | null
	): Promise<Run> {
		this.#closeRun();
		const run = await Run.build(backend, experiment, set, from, this.#report, (detail) =>
			this.#deviceLost(backend, detail)
		);
		this.#run = run;
		this.#report({
			kind: 'ready',
			request,
			step: run.step,
			startedAt: new Date().toISOString(),
			experiment,
			images: imagesInfo(set, experiment)
		});
		// A loss in the first seconds costs no more than one later.
		await run.takeSnapshot();
		return run;
	}

	#closeRun(): void {
		this.#stopLoop();
		this.#run?.dispose();
		this.#run = null;
	}

	/**
	 * Reports what an action throws, and stops the loop: whatever failed, the record stays.
	 * @param request whose failure it is, where it is that of one request alone
	 */
	async #guarded(action: () => Promise<void>, request: number | null = null): Promise<void> {
		const asked = this.#asked;
		try {
			await action();
		} catch (error) {
			// Something else has been asked for meanwhile: this fails for nobody any more.
			if (asked !== this.#asked) return;
			this.#run?.flush();
			// What reads from a lost device may fail before the loss itself is told.
			if (this.#backend?.name === 'webgpu' || this.#backend?.name === 'webgl')
				await new Promise((resolve) => setTimeout(resolve, LOSS_IS_TOLD_MS));
			this.#stopLoop();
			if (this.#lost) return;
			this.#report({ kind: 'failure', request, failure: failureOf(error) });
		}
	}
}

function presetOf(name: string) {
	if (!isPresetName(name))
		throw new RangeError(`preset ${name}: expected one of ${Object.keys(PRESETS).join(', ')}`);
	return PRESETS[name];
}

const abortOf = (signal: AbortSignal) =>
	new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
