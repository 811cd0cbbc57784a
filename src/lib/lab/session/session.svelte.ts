/**
 * The page's side of a run: collects the worker's reports, passes on the user's actions, and keeps the record whatever
 * happens to the worker. It makes no sentences and draws nothing.
 */
import type * as Comlink from 'comlink';
import { uniqueName } from '$lib/base/uniqueName';
import type { ImageShape } from '$lib/base/image';
import type { BackendName, LaneState } from '$lib/engine/engine';
import type { Experiment } from '../experiment/experiment';
import { paceOf, type Pace } from '../experiment/pace';
import { History } from '../record/history';
import type { ResumeCause, RunRecord } from '../record/record';
import { withWeights, type Snapshot } from '../record/snapshot';
import type { KeptRun } from '../store/runs';
import { isRecorded, noResults } from '../studies';
import { imagesOf, isLoss, type Failure, type Report, type TrainerApi } from '../worker/protocol';
import { Attempts } from './attempts';
import { HiddenTab } from './hiddenTab';
import { RunKeeper } from './keeper.svelte';
import { silenceOf, TrainerLine, type WorkerFactory } from './line';
import { RunOnScreen } from './onScreen.svelte';
import { Startup } from './startup.svelte';
import { noticeOf, type Asked, type Interruption } from './status';

/** Milliseconds that the worker may be silent during a job beside training, which reports less often. */
const SILENT_JOB_MS = 180_000;

export class LabSession extends RunOnScreen {
	readonly startup = new Startup();
	readonly keeper: RunKeeper;
	failure = $state.raw<Failure | null>(null);
	interruption = $state.raw<Interruption | null>(null);
	/** The backend that the user asked for; null for the fastest. */
	preferred = $state.raw<BackendName | null>(null);
	/** The pace of the latest training on the present backend, of any experiment; null before there is one. */
	pace = $state.raw<Pace | null>(null);

	#asked = $state.raw<Asked>({ number: 0, experiment: null, from: null, wish: null });
	#replayed = $state.raw<RunRecord | null>(null);
	readonly #line: TrainerLine;
	readonly #app: string;
	/** Whether what the latest request asked for is not ready: it is being prepared, or has failed. */
	#unready = $state(false);
	/** The experiment on the screen whose networks are not ready; null if they are. */
	#drawn = $state.raw<Experiment | null>(null);
	#startedAt = '';
	#snapshot: Snapshot | null = null;
	/** The state of every network at step 0; null before there is one, and for a run that was taken up later. */
	initial = $state.raw<readonly LaneState[] | null>(null);
	/** Whether the worker runs on the backend of a kept run; the next experiment may want another. */
	#onKeptBackend = false;
	/** Set while the user wants training to run, with the step to pause after; else null. */
	#wanted: { readonly until: number | undefined } | null = null;
	/** Whether histograms are counted during training. */
	#histograms = false;
	readonly #attempts = new Attempts();
	/** What to do once the requested run is ready. */
	#onceReady: (() => Promise<void>) | null = null;
	readonly #hiddenTab = new HiddenTab();

	/**
	 * @param dataUrl absolute address of the data packs, ending with a slash
	 * @param app name and version of the app, for records
	 */
	constructor(dataUrl: string, app: string, createWorker?: WorkerFactory) {
		super();
		this.#app = app;
		const listener = {
			onReport: (report: Report) => this.#receive(report),
			onFailure: (failure: Failure) => this.#fail(failure),
			patience: (asked: boolean) => this.#patience(asked)
		};
		this.#line = new TrainerLine(dataUrl, listener, createWorker);
		this.keeper = new RunKeeper(
			() => {
				const record = this.#live();
				const running = this.status === 'running';
				return record && { record, snapshot: this.#snapshot, running };
			},
			() => (this.interruption = { kind: 'parted' })
		);
	}

	/** The experiment of the latest request. */
	get requested(): Experiment | null {
		return this.#asked.experiment;
	}

	/** Whether the run being prepared is a continuation of the one on the screen. */
	get #resuming(): boolean {
		return this.status === 'starting' && this.#asked.from !== null;
	}

	/** The experiment being prepared, or whose preparation has failed; null once it is ready. */
	get #opening(): Experiment | null {
		const opens = this.status === 'starting' || this.status === 'failed';
		return opens && this.#unready && !this.#asked.from ? this.requested : null;
	}

	/** Shows an experiment at step 0; starts no worker until it is run. @param input `[H, W, C]` */
	preview(experiment: Experiment, input: ImageShape): void {
		this.images = imagesOf({ experiment, input }, null);
		this.show(experiment, new History(experiment.lanes.length));
		this.status = 'replay';
	}

	/** Prepares an experiment at step 0 and drops the present run. */
	async open(experiment: Experiment): Promise<void> {
		if (this.#onKeptBackend) this.#closeWorker();
		await this.#open(experiment);
	}

	/**
	 * Like `open`, then trains as soon as the networks are ready.
	 * @param until the step after which training pauses
	 */
	async start(experiment: Experiment, until?: number): Promise<void> {
		const opened = this.open(experiment);
		this.#onceReady = () => this.run(until);
		return opened;
	}

	/** Like `open`, on the present backend. */
	async #open(experiment: Experiment): Promise<void> {
		this.#attempts.reset();
		this.#begin(null);
		await this.#ask({ experiment, from: null, wish: this.preferred });
	}

	/** Forgets the user's wishes for the previous run; the next one continues from the snapshot, or begins at step 0. */
	#begin(snapshot: Snapshot | null): void {
		this.initial = null;
		this.#replayed = null;
		this.#snapshot = snapshot;
		this.#onceReady = null;
		this.#wanted = null;
		this.failure = null;
		this.interruption = null;
		this.status = 'starting';
	}

	/**
	 * Continues a kept run where it stopped, on its backend if that still works.
	 * @param copy leaves the kept run unchanged and continues under another id
	 * @returns false if another tab has it; then nothing has changed
	 * @throws RangeError without a snapshot; StoreError
	 */
	async continue({ entry, record, snapshot }: KeptRun, copy = false): Promise<boolean> {
		if (!snapshot) throw new RangeError(`run ${entry.id}: no snapshot to go on from`);
		return this.keeper.takeUp(copy ? uniqueName() : entry.id, () => {
			// A fresh worker: the present one may still be preparing another run.
			this.#closeWorker();
			this.#begin(snapshot);
			this.startup.phase = { kind: 'resume', cause: 'kept' };
			this.fill(record);
			this.#onKeptBackend = true;
			this.#startedAt = record.environment.startedAt;
			this.#onceReady = async () => this.wish(this.ownSettings());
			const { experiment } = record;
			void this.#ask({ experiment, from: { snapshot, cause: 'kept' }, wish: null });
		});
	}

	/**
	 * The experiment that the user's changes apply to: the one being prepared, or else the one on the screen with its
	 * present gates and learning rate.
	 */
	present(): Experiment | null {
		return this.#opening ?? this.withSettings();
	}

	/** Restarts the run on the screen from step 0; cut shortcuts stay cut. */
	async reset(): Promise<void> {
		const experiment = this.present() ?? this.requested;
		if (experiment) await this.#open(experiment);
	}

	/** Recovers from a failure with a new worker; starts from step 0 if nothing can be continued. */
	async restart(preferred: BackendName | null): Promise<void> {
		this.#closeWorker();
		this.preferred = preferred;
		this.startup.forget();
		const experiment = this.present() ?? this.requested;
		if (experiment) await this.open(experiment);
	}

	/** Fetches a shard again that failed to load, then continues training. */
	async retryData(): Promise<void> {
		const asked = this.#asked;
		const unready = this.#unready;
		this.failure = null;
		if (unready) {
			this.status = 'starting';
			this.startup.phase = null;
		}
		await this.call((trainer) => trainer.retryData());
		// Something else was requested meanwhile.
		if (this.#asked !== asked) return;
		if (unready) return this.#ask(asked);
		this.status = 'ready';
		await this.run(this.#wanted?.until);
	}

	/**
	 * Starts training; if a record is shown, trains its experiment from the beginning.
	 * @param until the step after which training pauses
	 */
	async run(until?: number): Promise<void> {
		if (this.status === 'replay') {
			const opened = this.reset();
			this.#onceReady = () => this.run(until);
			return opened;
		}
		// The worker may have paused already and not reported it yet: it decides whether there is anything to start.
		if (!this.live) return;
		this.#wanted = { until };
		await this.call((trainer) => trainer.run(until));
	}

	async pause(): Promise<void> {
		this.#wanted = null;
		await this.call((trainer) => trainer.pause());
	}

	async step(): Promise<void> {
		this.#wanted = null;
		if (this.status === 'replay') await this.reset();
		await this.call((trainer) => trainer.step());
	}

	/** Ends pre-training; the run then fails, and can be started again. */
	async stopPretraining(): Promise<void> {
		await this.call((trainer) => trainer.stopPretraining());
	}

	override async setLearningRate(learningRate: number): Promise<void> {
		if (this.#opening) {
			const { recipe, ...rest } = this.#opening;
			return this.open({ ...rest, recipe: { ...recipe, learningRate } });
		}
		await super.setLearningRate(learningRate);
	}

	/** Sets whether histograms are counted during training, which takes part of its time; starts no worker. */
	async countHistograms(on: boolean): Promise<void> {
		this.#histograms = on;
		if (this.#line.open) await this.change({ kind: 'histograms', on });
	}

	/** The run so far as a record, for saving; null before there is a run. */
	record(): RunRecord | null {
		return this.#replayed ?? this.#live();
	}

	#live(): RunRecord | null {
		const { environment, experiment } = this;
		return environment && experiment !== this.#drawn ? this.recorded(environment) : null;
	}

	/** Where the run on the screen is or was computed; null before a backend is chosen. */
	get environment(): RunRecord['environment'] | null {
		const { choice } = this.startup;
		if (this.replayed) return this.replayed.environment;
		return (
			choice && {
				app: this.#app,
				backend: choice.name,
				trials: choice.trials,
				userAgent: navigator.userAgent,
				startedAt: this.#startedAt
			}
		);
	}

	/** Shows a record instead of the present run; starts no worker. */
	async replay(record: RunRecord): Promise<void> {
		if (this.#line.open) await this.pause();
		// Ignore what the worker may still be preparing.
		const { number, experiment } = this.#asked;
		this.#asked = {
			number: number + 1,
			experiment: experiment ?? record.experiment,
			from: null,
			wish: null
		};
		this.#onceReady = null;
		this.#replayed = record;
		this.failure = null;
		this.images = imagesOf(record, this.images);
		this.fill(record);
		this.keeper.release();
		this.status = 'replay';
	}

	/** The state of every network in the latest snapshot, after `step` steps (all of them while paused); null before there is one. */
	get weights(): { readonly step: number; readonly lanes: readonly LaneState[] } | null {
		void this.version;
		return this.#snapshot;
	}

	/** Loads other weights and running averages into a network and resets its optimiser. Only for paused runs. */
	async loadWeights(
		lane: number,
		weights: Pick<LaneState, 'parameters' | 'averages'>
	): Promise<void> {
		const snapshot = this.#snapshot;
		if (this.status !== 'ready' || snapshot?.step !== this.stepsMade) return;
		const { gates, learningRate } = this;
		this.#snapshot = withWeights({ ...snapshot, gates, learningRate }, lane, weights);
		await this.#resume(this.#snapshot, 'weights');
	}

	/** The record on the screen, if it was opened from a file or a recording; else null. */
	get replayed(): RunRecord | null {
		return this.status === 'replay' ? this.#replayed : null;
	}

	close(): void {
		this.keeper.close();
		this.#closeWorker();
	}

	#resume(snapshot: Snapshot, cause: ResumeCause): Promise<void> {
		this.status = 'starting';
		this.startup.phase = { kind: 'resume', cause };
		return this.#ask({ experiment: this.requested, from: { snapshot, cause }, wish: null });
	}

	/** Sends a request to the worker under a new number. */
	async #ask({ experiment, from, wish }: Omit<Asked, 'number'>): Promise<void> {
		const number = this.#asked.number + 1;
		this.#asked = { number, experiment, from, wish };
		this.#unready = true;
		if (from) await this.call((trainer) => trainer.resume(number, from.snapshot, from.cause));
		else if (experiment) await this.call((trainer) => trainer.prepare(number, experiment, wish));
	}

	protected override call<T>(
		action: (trainer: Comlink.Remote<TrainerApi>) => Promise<T>
	): Promise<T | null> {
		// A new worker does not know these settings yet.
		if (this.#line.start()) {
			if (this.speedLimit !== null) void this.setSpeedLimit(this.speedLimit);
			if (this.#histograms) void this.countHistograms(true);
		}
		return this.#line.call(action);
	}

	/** Milliseconds that the worker may be silent; null if it owes no answer. */
	#patience(asked: boolean): number | null {
		if (this.job) return Math.max(SILENT_JOB_MS, silenceOf(this.history.steps));
		const awaited = asked || this.status === 'starting' || this.status === 'running';
		return awaited ? silenceOf(this.history.steps) : null;
	}

	#closeWorker(): void {
		this.job = null;
		this.#onKeptBackend = false;
		this.#line.close();
	}

	/** Tells the session that the tab was hidden or shown. */
	visibilityChanged(hidden: boolean): void {
		const limit = this.status === 'running' ? (this.speedLimit ?? Infinity) : null;
		const heldBack = this.#hiddenTab.changed(hidden, this.history.steps, limit);
		if (heldBack) this.interruption = { kind: 'hidden', ...heldBack };
	}

	/** Resumes from the last snapshot in a new worker; false if there is no snapshot, or if resuming made no progress before. */
	#recover(cause: ResumeCause): boolean {
		const snapshot = this.#snapshot;
		if (!snapshot || !this.#attempts.resume(snapshot.step)) return false;
		const wanted = this.#wanted;
		const settings = this.ownSettings();
		const kept = this.#onKeptBackend;
		this.#closeWorker();
		this.#onKeptBackend = kept;
		this.failure = null;
		// Reports arrive separately from answers: when `resume` returns, `ready` may not have arrived.
		this.#onceReady = async () => {
			// Reapply the settings that the user changed after the snapshot.
			await this.wish(settings);
			if (wanted && this.history.step < (wanted.until ?? Infinity)) await this.run(wanted.until);
		};
		void this.#resume(snapshot, cause);
		return true;
	}

	/** Repeats the request that failed, perhaps on another backend; false when all attempts are used up. */
	#tryAgain(failure: Failure): boolean {
		const experiment = this.requested;
		if (this.status !== 'starting' || !experiment || this.#snapshot) return false;
		const backend = this.#attempts.again(this.startup);
		if (backend === undefined) return false;
		this.#closeWorker();
		this.startup.choice = null;
		this.startup.phase = null;
		this.interruption = { kind: 'again', failure, backend };
		void this.#ask({ experiment, from: null, wish: backend ?? this.preferred });
		return true;
	}

	#fail(failure: Failure): void {
		// A record on the screen needs no worker.
		if (isLoss(failure) && this.status === 'replay') return this.#closeWorker();
		if (isLoss(failure)) {
			const cause = failure.code === 'device-lost' ? 'device-lost' : 'worker';
			if (this.#recover(cause) || this.#tryAgain(failure)) return;
		}
		// The failure now shown replaces the notice of the retry.
		if (this.interruption?.kind === 'again') this.interruption = null;
		this.failure = failure;
		this.status = 'failed';
		// Missing images can be fetched again; after any other failure, only a fresh worker can be trusted.
		if (failure.code !== 'shard' && failure.code !== 'data') this.#closeWorker();
	}

	#receive(report: Report): void {
		const { history } = this;
		switch (report.kind) {
			case 'opened':
				if (report.request === this.#asked.number) this.#draw(report);
				return;
			case 'ready':
				if (report.request !== this.#asked.number) return;
				this.startup.receive(report, this.#resuming);
				this.#ready(report);
				return;
			case 'running':
				if (this.live) this.status = report.running ? 'running' : 'ready';
				return;
			case 'steps':
				history.addSteps(report.steps);
				this.version++;
				if (this.experiment) this.pace = paceOf(this.experiment, history.steps);
				return;
			case 'evaluation':
				history.addEvaluation(report.evaluation);
				this.version++;
				return;
			case 'event':
				this.happened(report.event);
				this.interruption = noticeOf(report.event) ?? this.interruption;
				return;
			case 'found':
				history.addResult(report.study, report.found);
				this.version++;
				// Snapshots follow each other closely enough for what is counted in training.
				if (isRecorded(report.study) && report.study !== 'histograms') void this.keeper.keep();
				return;
			case 'job':
				if (report.job?.kind !== this.job?.kind) this.jobSince = performance.now();
				this.job = report.job;
				return;
			case 'snapshot':
				// While a run is being prepared, snapshots are still those of the previous run.
				if (this.status !== 'starting') {
					this.#snapshot = report.snapshot;
					if (report.snapshot.step === 0) this.initial = report.snapshot.lanes;
				}
				void this.keeper.keep(report.snapshot);
				return;
			case 'failure':
				if (report.request !== null && report.request !== this.#asked.number) return;
				this.#fail(report.failure);
				return;
			case 'backend':
				if (report.choice.name !== this.startup.choice?.name) this.pace = null;
				this.startup.receive(report, this.#resuming);
				return;
			default:
				this.startup.receive(report, this.#resuming);
		}
	}

	/** Draws the requested networks, whose images are known; those of a run that continues are on the screen. */
	#draw({ experiment, images }: Report & { readonly kind: 'opened' }): void {
		this.images = images;
		if (this.#resuming) return;
		this.#drawn = experiment;
		const carried = noResults(this.history.results);
		this.show(experiment, new History(experiment.lanes.length, carried));
	}

	/** Handles the report that the requested run is ready. */
	#ready(report: Report & { readonly kind: 'ready' }): void {
		const resumed = this.#resuming;
		this.#unready = false;
		this.#attempts.succeeded(resumed);
		this.failure = null;
		this.#drawn = null;
		if (resumed) this.goBack(report.step);
		else {
			this.#startedAt = report.startedAt;
			this.keeper.begin();
		}
		this.startup.phase = null;
		this.status = 'ready';
		void this.#onceReady?.();
		this.#onceReady = null;
	}
}
