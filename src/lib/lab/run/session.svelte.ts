/**
 * The page's side of the laboratory: holds what the worker has reported, passes on what the user does,
 * and keeps the record whatever befalls the worker. No words and no drawing here.
 */
import { withWeights, type Snapshot } from '../record/snapshot';
import type * as Comlink from 'comlink';
import {
	BACKENDS,
	type BackendChoice,
	type BackendName,
	type BackendTrial,
	type LaneState
} from '$lib/engine/engine';
import { uniqueName } from '$lib/base/uniqueName';
import { analyse, type AnalysedNetwork } from '$lib/network';
import {
	connectTrainer,
	silenceOf,
	trainingWorker,
	type TrainerConnection,
	type WorkerFactory
} from './connect';
import { laneGates, laneNetwork, type Experiment, type Request } from '../experiment/experiment';
import { History, historyOf } from '../record/history';
import { NOTHING_INSIDE, type Inside, type InsideRequest } from '../studies/inside/record';
import type { DepthChoice } from '../experiment/pace';
import {
	isLoss,
	type Failure,
	type ImagesInfo,
	type Job,
	type Preparation,
	type Report,
	type TrainerApi
} from './protocol';
import type { LandscapeSpec } from '../studies/landscape/record';
import type { StartSpec, StartRecord } from '../studies/start/record';
import type { Studies } from '../studies/specs';
import { claim, type Claim } from '../store/claim';
import { StoreError } from '../store/database';
import { runClaim, TakenError, type KeptRun, type RunStore } from '../store/runs';
import type { ResumeCause, RunEvent, RunRecord } from '../record/record';
import { MOST_UNDO, type Surgery } from '../studies/surgery';

/**
 * - `starting`: backend, images and networks are being made ready (`phase` tells how far)
 * - `ready`: paused, can be run; `running`: it is
 * - `failed`: see `failure`; the history is kept
 * - `replay`: shows a record from a file
 */
export type Status = 'starting' | 'ready' | 'running' | 'failed' | 'replay';

/** What is done beside training tells its progress more seldom. */
const SILENT_JOB_MS = 180_000;
/** Give up after this many resumes without progress. */
const RESUMES = 2;
/** A hidden tab that trains at less than this share of its rate before was held back by the browser. */
const HELD_BACK = 0.5;

/** What the reader should hear of a run that went on by itself. */
export type Interruption =
	| (RunEvent & { readonly kind: 'resumed' })
	/** It did not get ready and is tried again, on another backend where one is named. */
	| { readonly kind: 'again'; readonly failure: Failure; readonly backend: BackendName | null }
	/** Another tab has gone on with the same run; they are two runs from here on. */
	| { readonly kind: 'parted' }
	/** The tab was hidden for so long, and the browser let it make only so many steps. */
	| { readonly kind: 'hidden'; readonly seconds: number; readonly steps: number };

/** A change to a lane that can be taken back. */
export type Undoable =
	| {
			readonly kind: 'gates';
			readonly lane: number;
			readonly before: readonly number[];
			readonly after: readonly number[];
	  }
	| (RunEvent & { readonly kind: 'surgery' });

export class LabSession {
	status = $state<Status>('starting');
	phase = $state.raw<Preparation | null>(null);
	failure = $state.raw<Failure | null>(null);
	interruption = $state.raw<Interruption | null>(null);
	/** Gradients of fresh networks, as far as they are measured; null before that is asked for. */
	start = $state.raw<StartRecord | null>(null);
	/** What has been looked up inside the networks of this run. */
	inside = $state.raw<Inside>(NOTHING_INSIDE);
	/** What is done beside training, and how far it is. */
	job = $state.raw<Job | null>(null);
	/** Why runs are not kept on this machine; null while they are. */
	notKept = $state.raw<StoreError | null>(null);
	/** Of the run on the screen, under which it is kept; null while there is none. */
	runId = $state.raw<string | null>(null);
	trials = $state.raw<readonly BackendTrial[]>([]);
	choice = $state.raw<BackendChoice | null>(null);
	pace = $state.raw<DepthChoice | null>(null);
	/** Bytes of the data pack that have arrived, of how many. */
	received = $state.raw<{ bytes: number; total: number } | null>(null);
	images = $state.raw<ImagesInfo | null>(null);
	experiment = $state.raw<Experiment | null>(null);
	/**
	 * What is measured beside training. Apart from `experiment`, which stays the same object for the whole run: another one
	 * is another run.
	 */
	studies = $state.raw<Studies>({});
	/** By lane, one number per block; what the user sees and wants, at most a step ahead of the worker. */
	gates = $state.raw<readonly (readonly number[])[]>([]);
	/** What can be undone, the latest last. */
	undoable = $state.raw<readonly Undoable[]>([]);
	learningRate = $state(0);
	speedLimit = $state<number | null>(null);
	/** Counts changes of `history`, which is appended to in place. */
	version = $state(0);
	history = $state.raw(new History(0));

	readonly networks: readonly AnalysedNetwork[] = $derived.by(() => {
		const { experiment, images } = this;
		if (!experiment || !images) return [];
		return experiment.lanes.map((lane) => analyse(laneNetwork(lane, images.input)));
	});

	/** The experiment that is being made ready; null once it stands or has failed. */
	#opening = $state.raw<Experiment | null>(null);
	#createWorker: WorkerFactory;
	#connection: TrainerConnection | null = null;
	#dataUrl: string;
	#app: string;
	#request: Request | null = null;
	/** The latest request: what is told of an earlier one is of no interest any more. */
	#asked = { number: 0, resumes: false };
	/** Asks for the same once more. */
	#askAgain: (() => Promise<void>) | null = null;
	/** The failure on show is that of the latest request: nothing of it has got ready. */
	#unready = false;
	/** How often the request has been tried again because nothing got ready. */
	#tries = 0;
	/** Calls that the worker has not answered. */
	#calls = 0;
	#preferred: BackendName | null = null;
	#startedAt = '';
	#replayed = $state.raw<RunRecord | null>(null);
	#snapshot: Snapshot | null = null;
	/** Where runs are kept; null where nothing is. */
	#store: RunStore | null = null;
	/** Holds the run on the screen for this tab. */
	#claim: Claim | null = null;
	/** The run that is about to be taken up. */
	#continuing: string | null = null;
	/** The worker's backend is that of a kept run: what is opened next may want another. */
	#onKeptBackend = false;
	#closed = false;
	/** When the last writing ended and how long it took, in milliseconds; null while one goes on. */
	#written: { at: number; took: number } | null = { at: -Infinity, took: 0 };
	/** More has come while something was being written. */
	#writeAgain = false;
	/** The user has started training and not paused it; up to which step. */
	#wanted: { readonly until: number | undefined } | null = null;
	#resumes = { step: -1, count: 0 };
	/** What to do when the run that was asked for stands ready. */
	#onceReady: (() => Promise<void>) | null = null;
	#hidden: { since: number; step: number; rate: number } | null = null;

	/**
	 * @param dataUrl where the data packs lie, absolute, ending with a slash
	 * @param app name and version of the app, for records
	 */
	constructor(dataUrl: string, app: string, createWorker: WorkerFactory = trainingWorker) {
		this.#dataUrl = dataUrl;
		this.#app = app;
		this.#createWorker = createWorker;
	}

	/** Keeps runs there from now on. */
	keepIn(store: RunStore): void {
		this.#store = store;
	}

	/** The experiment that was asked for, when it was asked for as a whole. */
	get requested(): Experiment | null {
		return this.#request && 'experiment' in this.#request ? this.#request.experiment : null;
	}

	/** The backend that the user asked for; null leaves the choice to the measurement. */
	get preferred(): BackendName | null {
		return this.#preferred;
	}

	/** The backend for what is opened from now on. */
	prefer(backend: BackendName | null): void {
		this.#preferred = backend;
	}

	/** Number of the run's last step, 0 before the first. */
	get stepsMade(): number {
		void this.version;
		return this.history.step;
	}

	/** The next backend that works here, for going on where the present one does not; null where none is known. */
	get alternative(): BackendName | null {
		const tried = this.phase?.kind === 'backend' ? this.phase.name : null;
		const failing = tried ?? this.choice?.name ?? null;
		const usable = this.trials.filter(
			({ name, reason }) =>
				name !== failing && ['slower', 'software', 'not-chosen'].includes(reason?.code ?? '')
		);
		const known = BACKENDS.find((name) => usable.some((trial) => trial.name === name));
		// While they are still being tried, wasm is the one that needs no device.
		return known ?? (tried && tried !== 'wasm' ? 'wasm' : null);
	}

	/** Makes an experiment ready at step 0, dropping the present run. */
	async open(request: Request): Promise<void> {
		if (this.#onKeptBackend) this.#closeWorker();
		await this.#open(request);
	}

	/** As `open`, on the backend in use. */
	async #open(request: Request): Promise<void> {
		this.#request = request;
		this.#opening = 'experiment' in request ? request.experiment : null;
		this.#tries = 0;
		this.#replayed = null;
		this.#snapshot = null;
		this.#onceReady = null;
		this.#wanted = null;
		this.failure = null;
		this.interruption = null;
		this.status = 'starting';
		await this.#prepare(request, this.#preferred);
	}

	/**
	 * Takes up a run where it was left, on its backend where that still works.
	 * @param copy leaves the kept run as it is and goes on as another one
	 * @returns false when another tab has it, and nothing has changed
	 * @throws RangeError without a snapshot; StoreError
	 */
	async continue({ entry, record, snapshot }: KeptRun, copy = false): Promise<boolean> {
		if (!snapshot) throw new RangeError(`run ${entry.id}: no snapshot to go on from`);
		const id = copy ? uniqueName() : entry.id;
		if (id === this.runId || id === this.#continuing) return true;
		this.#continuing = id;
		try {
			const own = await claim(runClaim(id));
			if (!own) return false;
			try {
				await this.#store?.take(id);
			} catch (error) {
				own.release();
				throw error;
			}
			if (this.#closed) own.release();
			else this.#takeUp(id, own, record, snapshot);
			return true;
		} finally {
			this.#continuing = null;
		}
	}

	/** Shows a kept run under a name that this tab has claimed, and asks for a worker that goes on with it. */
	#takeUp(id: string, own: Claim, record: RunRecord, snapshot: Snapshot): void {
		this.#hold(own);
		// A worker of its own: what another one may still make ready is not this run.
		this.#closeWorker();
		this.#request = { experiment: record.experiment };
		this.#replayed = null;
		this.undoable = [];
		this.#wanted = null;
		this.failure = null;
		this.interruption = null;
		this.status = 'starting';
		this.phase = { kind: 'resume', cause: 'kept' };
		this.#fill(record);
		this.runId = id;
		this.#onKeptBackend = true;
		this.#startedAt = record.environment.startedAt;
		this.#snapshot = snapshot;
		this.#onceReady = async () => {
			this.gates = snapshot.gates;
			this.learningRate = snapshot.learningRate;
		};
		void this.#resume(snapshot, 'kept');
	}

	/** Claims the new run on the screen for this tab. */
	async #own(id: string): Promise<void> {
		const own = await claim(runClaim(id));
		// Meanwhile another run may have taken its place.
		if (this.runId === id && !this.#closed) this.#hold(own);
		else own?.release();
	}

	/** A claim in place of the one before. */
	#hold(own: Claim | null): void {
		this.#claim?.release();
		this.#claim = own;
	}

	/**
	 * The experiment with the gates and the learning rate as they now stand; while another is being made ready,
	 * that one: what is changed meanwhile is changed in it.
	 */
	present(): Experiment | null {
		if (this.#opening) return this.#opening;
		const { experiment, gates, learningRate } = this;
		if (!experiment) return null;
		return {
			...this.#described(experiment),
			lanes: experiment.lanes.map((lane, i) => {
				// What the plan has set it will set again.
				if (experiment.plan?.some((change) => change.lane === i)) return lane;
				return { ...lane, gates: gates[i].every((gate) => gate === 1) ? null : gates[i] };
			}),
			recipe: { ...experiment.recipe, learningRate }
		};
	}

	/** What is on the screen again from step 0: cut shortcuts stay cut. */
	async reset(): Promise<void> {
		const experiment = this.present();
		if (experiment) await this.#open({ experiment });
		else if (this.#request) await this.#open(this.#request);
	}

	/** The experiment from step 0 with another seed, up to the step where this run stands. */
	async again(seed: number): Promise<void> {
		const { experiment } = this;
		const until = this.history.step;
		if (!experiment) return;
		if (this.status === 'running') await this.pause();
		const opened = this.#open({ experiment: { ...this.#described(experiment), seed } });
		this.#onceReady = async () => {
			this.#wanted = { until };
			await this.#call((trainer) => trainer.run(until));
		};
		await opened;
	}

	/** After a failure: a new worker and, where nothing can be continued, the experiment from step 0. */
	async restart(preferred: BackendName | null): Promise<void> {
		this.#closeWorker();
		this.#preferred = preferred;
		this.choice = null;
		this.trials = [];
		const experiment = this.present();
		const request = experiment ? { experiment } : this.#request;
		if (request) await this.open(request);
	}

	/** After a shard failed: fetches it again and goes on where training stood. */
	async retryData(): Promise<void> {
		const ask = this.#unready ? this.#askAgain : null;
		this.failure = null;
		if (ask) {
			this.status = 'starting';
			this.phase = null;
		}
		await this.#call((trainer) => trainer.retryData());
		if (ask) return ask();
		this.status = 'ready';
		await this.run(this.#wanted?.until);
	}

	/**
	 * Trains; what is shown of a record, from its beginning.
	 * @param until the step after which it pauses by itself
	 */
	async run(until?: number): Promise<void> {
		if (this.status === 'replay') {
			const opened = this.reset();
			this.#onceReady = () => this.run(until);
			return opened;
		}
		if (this.status !== 'ready') return;
		this.#wanted = { until };
		await this.#call((trainer) => trainer.run(until));
	}

	async pause(): Promise<void> {
		this.#wanted = null;
		await this.#call((trainer) => trainer.pause());
	}

	async step(): Promise<void> {
		this.#wanted = null;
		if (this.status === 'replay') await this.reset();
		await this.#call((trainer) => trainer.step());
	}

	/** Tests every network without each of its blocks in turn. */
	async lesion(): Promise<void> {
		if (this.status !== 'ready' && this.status !== 'running') return;
		await this.#call((trainer) => trainer.lesion());
	}

	/** Measures the loss around the present weights, grid after finer grid. */
	async landscape(spec: LandscapeSpec): Promise<void> {
		if (this.status !== 'ready' && this.status !== 'running') return;
		this.study({ landscape: spec });
		await this.#call((trainer) => trainer.landscape(spec));
	}

	/** Tests every network with its blocks in other orders. */
	async shuffle(): Promise<void> {
		if (this.status !== 'ready' && this.status !== 'running') return;
		await this.#call((trainer) => trainer.shuffle());
	}

	/** Changes the weights of one lane by hand. */
	async operate(lane: number, operation: Surgery): Promise<void> {
		if (this.job || (this.status !== 'ready' && this.status !== 'running')) return;
		await this.#call((trainer) => trainer.operate(lane, operation));
	}

	/** Takes back the last change of gates or weights. */
	async undo(): Promise<void> {
		const last = this.undoable.at(-1);
		if (!last || this.job || (this.status !== 'ready' && this.status !== 'running')) return;
		if (last.kind === 'surgery') return this.#call((trainer) => trainer.undoOperation());
		this.undoable = this.undoable.slice(0, -1);
		await this.#sendGates(last.lane, last.before);
	}

	#canUndo(change: Undoable): void {
		this.undoable = [...this.undoable, change].slice(-MOST_UNDO);
	}

	/** Measures the gradients of fresh networks of many depths; the profiles come one after the other. */
	async probeStart(probe: StartSpec): Promise<void> {
		if (this.status !== 'ready' && this.status !== 'running') return;
		this.start = { probe, profiles: [] };
		this.study({ start: probe });
		await this.#call((trainer) => trainer.probeStart(probe));
	}

	/** Looks something up inside the networks; `inside` gets what is found. */
	async lookUp(request: InsideRequest): Promise<void> {
		if (this.status !== 'ready' && this.status !== 'running') return;
		if (request.kind === 'look' && request.image.kind === 'test') {
			const { image, block, node } = request;
			this.study({ inside: { image: image.index, block, node } });
		}
		await this.#call((trainer) => trainer.inside(request));
	}

	/** Notes what is measured beside training. */
	study(added: Studies): void {
		this.studies = { ...this.studies, ...added };
	}

	/** The experiment with what is measured beside it. */
	#described(experiment: Experiment): Experiment {
		return Object.keys(this.studies).length ? { ...experiment, studies: this.studies } : experiment;
	}

	async cancelJob(): Promise<void> {
		await this.#call((trainer) => trainer.cancelJob());
	}

	/** Sets the gates of one lane from the next step on. */
	async setGates(lane: number, gates: readonly number[]): Promise<void> {
		if (this.status === 'replay') return;
		const before = this.gates[lane];
		if (gates.every((gate, block) => gate === before[block])) return;
		this.#canUndo({ kind: 'gates', lane, before, after: gates });
		await this.#sendGates(lane, gates);
	}

	async #sendGates(lane: number, gates: readonly number[]): Promise<void> {
		this.gates = this.gates.map((old, i) => (i === lane ? [...gates] : old));
		await this.#call((trainer) => trainer.setGates(lane, gates));
	}

	/** What the experiment's plan has set is seen as if the user had; clicks made meanwhile stay. */
	#followPlan({ lane, block, gate }: RunEvent & { readonly kind: 'gate' }): void {
		if (!this.experiment?.plan?.some((change) => change.lane === lane)) return;
		this.#setGate(lane, block, gate);
	}

	async setLearningRate(learningRate: number): Promise<void> {
		if (this.#opening) {
			const { recipe, ...rest } = this.#opening;
			return this.open({ experiment: { ...rest, recipe: { ...recipe, learningRate } } });
		}
		this.learningRate = learningRate;
		await this.#call((trainer) => trainer.setLearningRate(learningRate));
	}

	async setSpeedLimit(stepsPerSecond: number | null): Promise<void> {
		this.speedLimit = stepsPerSecond;
		await this.#call((trainer) => trainer.setSpeedLimit(stepsPerSecond));
	}

	/** The run so far, for saving; null before there is one. */
	record(): RunRecord | null {
		return this.#replayed ?? this.#live();
	}

	#live(): RunRecord | null {
		const { experiment, images, choice } = this;
		if (!experiment || !images || !choice) return null;
		return {
			version: 1,
			kind: 'residual-explorer-run',
			experiment: this.#described(experiment),
			input: images.input,
			environment: {
				app: this.#app,
				backend: choice.name,
				trials: choice.trials,
				userAgent: navigator.userAgent,
				startedAt: this.#startedAt
			},
			steps: this.history.steps,
			evaluations: this.history.evaluations,
			events: this.history.events,
			lesions: this.history.lesions,
			landscapes: this.history.landscapes,
			shuffles: this.history.shuffles,
			start: this.start
		};
	}

	/** Keeps the run as it stands; while it goes on, at most a tenth of the time is spent on that. */
	async #keep(snapshot = this.#snapshot): Promise<void> {
		const record = this.#live();
		const { runId } = this;
		if (!this.#store || !record || !runId || !record.steps.length) return;
		if (!this.#written) {
			this.#writeAgain = true;
			return;
		}
		const { at, took } = this.#written;
		if (this.status === 'running' && performance.now() - at < 10 * took) return;
		this.#written = null;
		const started = performance.now();
		try {
			await this.#store.save(runId, record, snapshot);
			this.notKept = null;
		} catch (error) {
			if (error instanceof TakenError) await this.#part(runId);
			else this.notKept = error instanceof StoreError ? error : new StoreError('failed', error);
		}
		const now = performance.now();
		this.#written = { at: now, took: now - started };
		if (this.#writeAgain) {
			this.#writeAgain = false;
			void this.#keep();
		}
	}

	/** Another tab has gone on with this run: what this one makes of it is kept as another. */
	async #part(id: string): Promise<void> {
		if (this.runId !== id) return;
		this.runId = uniqueName();
		this.interruption = { kind: 'parted' };
		await this.#own(this.runId);
		this.#writeAgain = true;
	}

	/** Shows a record in place of the present run; no worker is started for it. */
	async replay(record: RunRecord): Promise<void> {
		if (this.#connection) await this.pause();
		// What is still being made ready is not what is on show.
		this.#asked = { number: this.#asked.number + 1, resumes: false };
		this.#onceReady = null;
		this.#request ??= { experiment: record.experiment };
		this.#replayed = record;
		this.undoable = [];
		this.failure = null;
		const info = this.images;
		this.images = {
			title: record.experiment.data.set,
			set: record.experiment.data.set,
			sizes: { half: record.input[0], full: record.input[0] },
			classes: [],
			train: 0,
			test: 0,
			...(info ?? {}),
			input: record.input
		};
		this.#fill(record);
		this.runId = null;
		this.#hold(null);
		this.status = 'replay';
	}

	/** The state of every network after so many steps, the last ones while paused; null before there is one. */
	get weights(): { readonly step: number; readonly lanes: readonly LaneState[] } | null {
		void this.version;
		return this.#snapshot;
	}

	/** Puts other weights and running averages into a network at its step; its optimiser begins anew. Paused runs only. */
	async loadWeights(
		lane: number,
		weights: Pick<LaneState, 'parameters' | 'averages'>
	): Promise<void> {
		const snapshot = this.#snapshot;
		if (this.status !== 'ready' || snapshot?.step !== this.stepsMade) return;
		const { gates, learningRate } = this;
		const changed = withWeights({ ...snapshot, gates, learningRate }, lane, weights);
		this.#snapshot = changed;
		this.status = 'starting';
		this.phase = { kind: 'resume', cause: 'weights' };
		await this.#resume(changed, 'weights');
	}

	/** The record on show, when it is one from a file. */
	get replayed(): RunRecord | null {
		return this.status === 'replay' ? this.#replayed : null;
	}

	close(): void {
		this.#closed = true;
		this.#hold(null);
		this.#closeWorker();
	}

	#prepare(request: Request, wish: BackendName | null): Promise<void> {
		return this.#ask(false, (trainer, number) => trainer.prepare(number, request, wish));
	}

	#resume(snapshot: Snapshot, cause: ResumeCause): Promise<void> {
		return this.#ask(true, (trainer, number) => trainer.resume(number, snapshot, cause));
	}

	/** Asks for something to be made ready, under a number of its own. */
	#ask(
		resumes: boolean,
		action: (trainer: Comlink.Remote<TrainerApi>, number: number) => Promise<void>
	): Promise<void> {
		const number = this.#asked.number + 1;
		this.#asked = { number, resumes };
		this.#askAgain = () => this.#ask(resumes, action);
		this.#unready = false;
		return this.#call((trainer) => action(trainer, number));
	}

	/** What is being made ready goes on with a run that is on the screen. */
	get #resuming(): boolean {
		return this.status === 'starting' && this.#asked.resumes;
	}

	async #call(action: (trainer: Comlink.Remote<TrainerApi>) => Promise<void>): Promise<void> {
		const connection = this.#connected();
		this.#calls++;
		try {
			await Promise.race([connection.ready, connection.closed]);
			if (connection !== this.#connection) return;
			await Promise.race([action(connection.trainer), connection.closed]);
		} catch (error) {
			if (connection !== this.#connection) return; // closed meanwhile
			this.#fail({
				code: 'worker',
				detail: error instanceof Error ? error.message : String(error)
			});
		} finally {
			if (connection === this.#connection) this.#calls--;
		}
	}

	#connected(): TrainerConnection {
		if (this.#connection) return this.#connection;
		const connection = connectTrainer(this.#createWorker, this.#dataUrl, {
			onReport: (report) => this.#receive(report),
			onFailure: (failure) => this.#fail(failure),
			patience: () => this.#patience()
		});
		this.#connection = connection;
		if (this.speedLimit !== null) void this.setSpeedLimit(this.speedLimit);
		return connection;
	}

	/** How long the worker may be silent, in milliseconds; null while nothing is awaited of it. */
	#patience(): number | null {
		if (this.job) return Math.max(SILENT_JOB_MS, silenceOf(this.history.steps));
		const awaited = this.#calls > 0 || this.status === 'starting' || this.status === 'running';
		if (!awaited) return null;
		return silenceOf(this.history.steps);
	}

	#closeWorker(): void {
		this.job = null;
		this.#calls = 0;
		this.#onKeptBackend = false;
		this.#connection?.close();
		this.#connection = null;
	}

	/** Tells the session that the tab was hidden or shown. */
	visibilityChanged(hidden: boolean): void {
		const { step } = this.history;
		const now = performance.now();
		if (hidden) {
			const recent = this.history.steps.slice(-10);
			const mean = recent.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / recent.length;
			this.#hidden =
				this.status === 'running' && step > 0
					? { since: now, step, rate: Math.min(1 / mean, (this.speedLimit ?? Infinity) / 1000) }
					: null;
			return;
		}
		const before = this.#hidden;
		this.#hidden = null;
		if (!before || this.status !== 'running') return;
		const milliseconds = now - before.since;
		const steps = step - before.step;
		if (steps < HELD_BACK * before.rate * milliseconds - 2)
			this.interruption = { kind: 'hidden', seconds: Math.round(milliseconds / 1000), steps };
	}

	/** Goes on from the last snapshot in a new worker; false when there is none or it led nowhere before. */
	#recover(cause: ResumeCause): boolean {
		const snapshot = this.#snapshot;
		if (!snapshot) return false;
		const count = snapshot.step === this.#resumes.step ? this.#resumes.count + 1 : 1;
		if (count > RESUMES) return false;
		this.#resumes = { step: snapshot.step, count };
		const wanted = this.#wanted;
		const { gates, learningRate } = this;
		const kept = this.#onKeptBackend;
		this.#closeWorker();
		this.#onKeptBackend = kept;
		this.failure = null;
		this.status = 'starting';
		this.phase = { kind: 'resume', cause };
		// Reports come on a way of their own: that `resume` has returned does not say that `ready` has arrived.
		this.#onceReady = async () => {
			// What was changed since the snapshot stays as the user wants it.
			await Promise.all(gates.map((own, lane) => this.#sendGates(lane, own)));
			await this.setLearningRate(learningRate);
			if (wanted && this.history.step < (wanted.until ?? Infinity)) await this.run(wanted.until);
		};
		void this.#resume(snapshot, cause);
		return true;
	}

	/**
	 * What did not get ready is tried once more, and then on another backend; at once on another one where a backend's
	 * trial did not end. False when that is spent.
	 */
	#tryAgain(failure: Failure): boolean {
		const request = this.#request;
		if (this.status !== 'starting' || !request || this.#snapshot) return false;
		const trial = this.phase?.kind === 'backend' && this.phase.name !== null;
		const other = this.#tries > 0 || trial ? this.alternative : null;
		if (this.#tries >= 2 || (this.#tries === 1 && !other)) return false;
		this.#tries++;
		this.#closeWorker();
		this.choice = null;
		this.phase = null;
		this.interruption = { kind: 'again', failure, backend: other };
		void this.#prepare(request, other ?? this.#preferred);
		return true;
	}

	#fail(failure: Failure): void {
		// A record on show needs no worker.
		if (isLoss(failure) && this.status === 'replay') return this.#closeWorker();
		if (isLoss(failure)) {
			const cause = failure.code === 'device-lost' ? 'device-lost' : 'worker';
			if (this.#recover(cause) || this.#tryAgain(failure)) return;
		}
		this.#opening = null;
		// That it was tried again is said by what it has come to.
		if (this.interruption?.kind === 'again') this.interruption = null;
		this.failure = failure;
		this.status = 'failed';
		// Missing images can be fetched again; after anything else only a fresh worker is to be trusted.
		if (failure.code !== 'shard' && failure.code !== 'data') this.#closeWorker();
	}

	#receive(report: Report): void {
		switch (report.kind) {
			case 'phase':
				this.phase = report.phase;
				if (report.phase.kind === 'data') this.received = null;
				if (report.phase.kind === 'backend' && report.phase.name === null && !this.#resuming)
					this.trials = [];
				return;
			case 'trial':
				if (this.#resuming) return;
				this.trials = [...this.trials, report.trial];
				return;
			case 'backend':
				// Going on, only the backend that was in use is tried: what was found out before still holds.
				if (this.#resuming && report.choice.name === this.choice?.name) return;
				this.choice = report.choice;
				this.trials = report.choice.trials;
				return;
			case 'pace':
				this.pace = report.choice;
				return;
			case 'data':
				this.received = { bytes: report.bytes, total: report.total };
				return;
			case 'ready':
				if (report.request !== this.#asked.number) return;
				this.#tries = 0;
				this.failure = null;
				this.images = report.images;
				// The weights before an operation were in the worker that is gone.
				this.undoable = this.#resuming ? this.undoable.filter(({ kind }) => kind === 'gates') : [];
				if (this.#resuming) this.history.truncate(report.step);
				else {
					this.#snapshot = null;
					this.#resumes = { step: -1, count: 0 };
					this.#show(report.experiment);
					this.#startedAt = report.startedAt;
					this.runId = uniqueName();
					void this.#own(this.runId);
				}
				this.phase = null;
				this.status = 'ready';
				void this.#onceReady?.();
				this.#onceReady = null;
				return;
			case 'running':
				if (this.status === 'ready' || this.status === 'running')
					this.status = report.running ? 'running' : 'ready';
				return;
			case 'steps':
				this.history.addSteps(report.steps);
				this.version++;
				return;
			case 'evaluation':
				this.history.addEvaluation(report.evaluation);
				this.version++;
				return;
			case 'event':
				this.history.addEvent(report.event);
				if (report.event.kind === 'gate') this.#followPlan(report.event);
				if (report.event.kind === 'surgery') this.#canUndo(report.event);
				if (report.event.kind === 'surgery-undone')
					this.undoable = this.undoable.filter(
						(change) => change !== this.undoable.findLast(({ kind }) => kind === 'surgery')
					);
				// What the user asked for needs no notice.
				if (
					report.event.kind === 'resumed' &&
					report.event.cause !== 'kept' &&
					report.event.cause !== 'weights'
				)
					this.interruption = report.event;
				this.version++;
				return;
			case 'lesion':
				this.history.addLesion(report.lesion);
				this.version++;
				void this.#keep();
				return;
			case 'landscape':
				report.landscapes.forEach((landscape) => this.history.addLandscape(landscape));
				this.version++;
				void this.#keep();
				return;
			case 'shuffle':
				this.history.addShuffle(report.shuffle);
				this.version++;
				void this.#keep();
				return;
			case 'start-profile':
				if (this.start)
					this.start = { ...this.start, profiles: [...this.start.profiles, report.profile] };
				return;
			case 'inside':
				this.inside = { ...this.inside, ...report.found };
				return;
			case 'job':
				this.job = report.job;
				return;
			case 'snapshot':
				// While another run is being made ready it is the last one of the run before.
				if (this.status !== 'starting') this.#snapshot = report.snapshot;
				void this.#keep(report.snapshot);
				return;
			case 'alive':
				return;
			case 'failure':
				if (report.request !== null && report.request !== this.#asked.number) return;
				this.#unready = report.request !== null;
				this.#fail(report.failure);
		}
	}

	/** Shows all that a record holds. */
	#fill(record: RunRecord): void {
		this.#show(record.experiment);
		this.start = record.start ?? this.start;
		this.history = historyOf(record);
		for (const event of record.events) {
			if (event.kind === 'gate') this.#setGate(event.lane, event.block, event.gate);
			if (event.kind === 'learning-rate') this.learningRate = event.learningRate;
		}
		this.version++;
	}

	#setGate(lane: number, block: number, gate: number): void {
		this.gates = this.gates.map((gates, i) => (i === lane ? gates.with(block, gate) : gates));
	}

	#show(experiment: Experiment): void {
		const sameImages = this.experiment?.data.set === experiment.data.set;
		this.inside = sameImages ? { ...NOTHING_INSIDE, images: this.inside.images } : NOTHING_INSIDE;
		this.#opening = null;
		this.experiment = experiment;
		this.studies = experiment.studies ?? {};
		this.gates = experiment.lanes.map(laneGates);
		this.learningRate = experiment.recipe.learningRate;
		this.history = new History(experiment.lanes.length);
		this.version++;
	}
}
