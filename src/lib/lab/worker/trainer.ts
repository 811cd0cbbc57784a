/**
 * Runs experiments in the worker: prepares them on the chosen backend, trains them, and handles calls between two
 * steps. It makes no sentences and knows nothing of the page.
 */
import { breathe } from '$lib/base/breathe';
import { holdLifeline } from '$lib/base/lifeline';
import { Turns } from '$lib/base/turns';
import type { DataSet } from '$lib/data';
import { chooseBackend, type Backend } from '$lib/engine';
import type { BackendName } from '$lib/engine/engine';
import type { Experiment } from '../experiment/experiment';
import type { ResumeCause } from '../record/record';
import type { Snapshot } from '../record/snapshot';
import type { Found, MeasuredStudy, Spec } from '../studies';
import type { Measurement, Underway } from '../studies/measurement';
import { MEASURES } from '../studies/measures';
import { FailureError, failureOf } from './failure';
import { imagesInfo, openImages, testImages } from './images';
import type { Change, Job, Report, TestImages, TrainerApi } from './protocol';
import { Run } from './run';

/** Interval between snapshots, in milliseconds: a lost device or worker costs at most this much training, and one step. */
const SNAPSHOT_EVERY_MS = 2000;
/** The browser reports a lost device at most this long after the failure it causes. */
const LOSS_IS_TOLD_MS = 500;

export class Trainer implements TrainerApi {
	#report: (report: Report) => void = () => {};
	#dataUrl = '';
	/** See `base/webkit.ts`; a worker cannot tell an iPad from a Mac. */
	#mostBytes: number | null = null;

	/** The backend, which stays as long as the worker lives. */
	#backend: Backend | null = null;
	#data: { id: string; set: DataSet } | null = null;
	/** The run that is ready; null while one is being prepared and after a loss. */
	#run: Run | null = null;
	/** Whether the device is lost; later failures follow from that and are not reported. */
	#lost = false;
	/** Least time between steps, in milliseconds. */
	#pause = 0;
	/** Whether steps count histograms. */
	#histograms = false;
	/** Identifies the loop that makes steps; null while paused. */
	#loop: symbol | null = null;
	/** Number of the latest request. */
	#asked = 0;
	/** Aborted when another request replaces the latest one, or its pre-training is stopped. */
	#replaced = new AbortController();
	/** Makes calls and steps take turns. */
	readonly #turns = new Turns();
	/** Abort controllers of all jobs that are running or waiting. */
	readonly #jobs = new Set<AbortController>();

	async connect(
		report: (report: Report) => void,
		dataUrl: string,
		lifeline: string,
		mostBytes: number | null
	): Promise<void> {
		this.#report = report;
		this.#mostBytes = mostBytes;
		this.#dataUrl = dataUrl;
		await holdLifeline(lifeline);
	}

	prepare(number: number, experiment: Experiment, wish: BackendName | null): Promise<void> {
		return this.#makeReady(number, async (replaced) => {
			const backend = await this.#chooseBackend(wish);
			const set = await this.#openData(number, experiment);
			this.#report({ kind: 'phase', phase: { kind: 'build' } });
			await this.#build(number, backend, experiment, set, null, replaced);
		});
	}

	resume(number: number, snapshot: Snapshot, cause: ResumeCause): Promise<void> {
		return this.#makeReady(number, async (replaced) => {
			const backend = await this.#chooseBackend(snapshot.backend);
			const set = await this.#openData(number, snapshot.experiment);
			this.#report({ kind: 'phase', phase: { kind: 'resume', cause } });
			const run = await this.#build(number, backend, snapshot.experiment, set, snapshot, replaced);
			const { step } = snapshot;
			this.#report({
				kind: 'event',
				event: { kind: 'resumed', step, cause, backend: backend.name }
			});
			// Test the new weights at once.
			if (cause === 'weights') await run.evaluate();
		});
	}

	/** Carries out a request when its turn comes, unless a later one has replaced it; tells the action when one does. */
	async #makeReady(
		number: number,
		action: (replaced: AbortSignal) => Promise<void>
	): Promise<void> {
		this.#stopLoop();
		this.cancelJobs();
		this.#asked = number;
		this.#replaced.abort();
		const { signal } = (this.#replaced = new AbortController());
		const inTurn = async () => {
			if (number !== this.#asked) return;
			// Wait for the previous run's steps, so that none is reported as one of this run; their failures belong to that run.
			await this.#run?.settle().catch(() => {});
			this.#run?.flush();
			await action(signal);
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
			// Report the last steps before the pause.
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
				await run.makeStep(this.#histograms);
				await run.takeSnapshot();
			});
		});
		run.flush();
	}

	async measure<S extends MeasuredStudy>(study: S, spec: Spec<S>): Promise<void> {
		const { arrived, measure } = MEASURES[study] as Measurement<Spec<S>, Found<S>>;
		const found = (found: Found<S>) => this.#report({ kind: 'found', study, found } as Report);
		const set = this.#data?.set;
		await this.#besideTraining(
			study,
			(run, job) => measure(run, spec, { ...job, found }),
			// Training goes on while these images load.
			set && arrived && (() => arrived(set, spec))
		);
	}

	/** Needs only the data set, so training goes on. */
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
			case 'histograms':
				this.#histograms = change.on;
				return;
			case 'speed-limit':
				this.#pause = change.stepsPerSecond ? 1000 / change.stepsPerSecond : 0;
		}
	}

	stopPretraining(): void {
		this.#replaced.abort(new FailureError({ code: 'pretraining-stopped' }));
	}

	cancelJobs(): void {
		for (const job of this.#jobs) job.abort();
	}

	async retryData(): Promise<void> {
		this.#data?.set.retry();
	}

	/**
	 * Runs a long job between two steps, after all steps in flight have been reported. It can be cancelled at any time,
	 * also while it waits for its turn.
	 * @param before awaited before the job queues for its turn
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
				// If another job is running, the page already shows that one.
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
					await run.makeStep(this.#histograms);
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

	/** Runs an action in turn, unless the run has been replaced or lost meanwhile. */
	#inTurnOf(run: Run, action: () => Promise<void>): Promise<void> {
		return this.#turns.take(async () => {
			if (this.#run === run) await action();
		});
	}

	/** @param wish the backend that the user asked for or that a run used; null for the fastest */
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

	/** Handles the loss of the device: nothing can be read from it any more, so training ends. */
	#deviceLost({ name: backend }: Backend, detail: string): void {
		if (this.#lost) return;
		this.#stopLoop();
		this.#run?.flush();
		this.#run = null;
		this.#lost = true;
		const failure = { code: 'device-lost', backend, detail } as const;
		this.#report({ kind: 'failure', request: null, failure });
	}

	async #openData(request: number, experiment: Experiment): Promise<DataSet> {
		const id = experiment.data.set;
		if (this.#data?.id !== id) {
			this.#report({ kind: 'phase', phase: { kind: 'data' } });
			this.#data = { id, set: await openImages(id, this.#dataUrl, this.#report) };
		}
		const { set } = this.#data;
		this.#report({ kind: 'opened', request, experiment, images: imagesInfo(set, experiment) });
		return set;
	}

	/** Builds the networks at step 0, after pre-training, or from a snapshot. */
	async #build(
		request: number,
		backend: Backend,
		experiment: Experiment,
		set: DataSet,
		from: Snapshot | null,
		replaced: AbortSignal
	): Promise<Run> {
		this.#closeRun();
		const run = await Run.build(
			backend,
			experiment,
			set,
			from,
			this.#mostBytes,
			this.#report,
			(detail) => this.#deviceLost(backend, detail),
			replaced
		);
		this.#run = run;
		this.#report({
			kind: 'ready',
			request,
			step: run.step,
			experiment,
			startedAt: new Date().toISOString(),
			reference: run.engine.reference
		});
		// So that a loss in the first seconds can be recovered from, too.
		await run.takeSnapshot();
		return run;
	}

	#closeRun(): void {
		this.#stopLoop();
		this.#run?.dispose();
		this.#run = null;
	}

	/**
	 * Runs an action; if it throws, stops the loop and reports the failure. The page keeps the record.
	 * @param request number of the request that fails, if only that one does
	 */
	async #guarded(action: () => Promise<void>, request: number | null = null): Promise<void> {
		const asked = this.#asked;
		try {
			await action();
		} catch (error) {
			// Something else has been requested meanwhile, so nobody waits for this.
			if (asked !== this.#asked) return;
			this.#run?.flush();
			// Reading from a lost device may fail before the loss itself is reported.
			if (this.#backend?.name === 'webgpu' || this.#backend?.name === 'webgl')
				await new Promise((resolve) => setTimeout(resolve, LOSS_IS_TOLD_MS));
			this.#stopLoop();
			if (this.#lost) return;
			this.#report({ kind: 'failure', request, failure: failureOf(error) });
		}
	}
}

const abortOf = (signal: AbortSignal) =>
	new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
