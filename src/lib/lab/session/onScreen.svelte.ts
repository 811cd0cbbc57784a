/**
 * The run on the screen: its experiment, its history, and its settings. Gates and learning rate are computed from the
 * worker's events; changes that the user has made and the worker has not confirmed lie on top.
 */
import type * as Comlink from 'comlink';
import { analyse, type AnalysedNetwork } from '$lib/network';
import { laneNetwork, type Experiment } from '../experiment/experiment';
import { timeForRest } from '../experiment/pace';
import { History, historyOf } from '../record/history';
import type { Prediction } from '../record/prediction';
import type { RunEvent, RunRecord } from '../record/record';
import { settingsOf, type RunSettings } from '../record/settings';
import {
	noteOf,
	recordedResults,
	resultsUpTo,
	type MeasuredStudy,
	type Spec,
	type Studies
} from '../studies';
import { MOST_UNDO, type Surgery } from '../studies/surgery';
import type { Change, ImagesInfo, Job, TestImages, TrainerApi } from '../worker/protocol';
import type { Status } from './status';

/** A change to a lane that the user can undo. */
export type Undoable =
	| {
			readonly kind: 'gates';
			readonly lane: number;
			readonly before: readonly number[];
			readonly after: readonly number[];
	  }
	| (RunEvent & { readonly kind: 'surgery' });

/** Settings that the user has asked for: gates of some lanes, the learning rate. */
interface Wishes {
	/** The wanted gates by lane index, one number per block. */
	readonly gates: Readonly<Record<number, readonly number[]>>;
	readonly learningRate: number | null;
}
const NO_WISHES: Wishes = { gates: {}, learningRate: null };

export abstract class RunOnScreen {
	status = $state<Status>('starting');
	/** The job in progress beside training, with its progress; null if there is none. */
	job = $state.raw<Job | null>(null);
	/** When the job began, in milliseconds of `performance.now()`. */
	protected jobSince = 0;
	images = $state.raw<ImagesInfo | null>(null);
	/** The experiment as it was at step 0. A new object means a new run. */
	experiment = $state.raw<Experiment | null>(null);
	/** The studies that the experiment asks for. */
	studies = $state.raw<Studies>({});
	/** What the reader has drawn before the run; null if nothing. It is kept while the networks stay the same. */
	prediction = $state.raw<Prediction | null>(null);
	/** Changes that can be undone, the latest last. */
	undoable = $state.raw<readonly Undoable[]>([]);
	speedLimit = $state<number | null>(null);
	history = $state.raw(new History(0));
	/** Counts changes of `history`, which is appended to in place. */
	version = $state(0);
	/** Counts changes to the history's events. */
	#events = $state(0);
	/** Changes that the user has made and the worker has not confirmed yet. */
	#wishes = $state.raw<Wishes>(NO_WISHES);

	readonly networks: readonly AnalysedNetwork[] = $derived.by(() => {
		const { experiment, images } = this;
		if (!experiment || !images) return [];
		return experiment.lanes.map((lane) => analyse(laneNetwork(lane, images.input)));
	});

	readonly #told: RunSettings = $derived.by(() => {
		void this.#events;
		const { experiment, history } = this;
		return experiment ? settingsOf(experiment, history.events) : { gates: [], learningRate: 0 };
	});
	/** The gates of each lane, one number per block, as the user has set them: at most a step ahead of the worker. */
	readonly gates: readonly (readonly number[])[] = $derived.by(() => {
		const gates = this.#told.gates.map((own, lane) => this.#wishes.gates[lane] ?? own);
		// Keeps the same array when only the worker's confirmation arrives, so that nothing is redrawn.
		if (JSON.stringify(gates) !== JSON.stringify(this.#seen)) this.#seen = gates;
		return this.#seen;
	});
	#seen: readonly (readonly number[])[] = [];
	readonly learningRate: number = $derived(this.#wishes.learningRate ?? this.#told.learningRate);

	/** Calls the worker; resolves with its answer, or with null when the worker is gone. */
	protected abstract call<T>(
		action: (trainer: Comlink.Remote<TrainerApi>) => Promise<T>
	): Promise<T | null>;

	/** Whether networks are ready, training or paused. */
	get live(): boolean {
		return this.status === 'ready' || this.status === 'running';
	}

	/** Number of the run's last step, 0 before the first. */
	get stepsMade(): number {
		void this.version;
		return this.history.step;
	}

	/** Makes a study on the present networks; its findings go to `history.results`. */
	async measure<S extends MeasuredStudy>(study: S, spec: Spec<S>): Promise<void> {
		if (!this.live) return;
		this.study(noteOf(study, spec));
		await this.call((trainer) => trainer.measure(study, spec));
	}

	/** Test images by index; null if they are not available now, or if the data set has changed meanwhile. */
	async testImages(indices: readonly number[]): Promise<TestImages | null> {
		const { images } = this;
		if (!this.live || !images) return null;
		const found = await this.call((trainer) => trainer.testImages(indices));
		return this.images?.set === images.set ? found : null;
	}

	/** Estimated milliseconds until the job beside training ends; null before there is an estimate. */
	get jobLeft(): number | null {
		return this.job && timeForRest(this.job, performance.now() - this.jobSince);
	}

	async cancelJob(): Promise<void> {
		await this.call((trainer) => trainer.cancelJobs());
	}

	protected async change(change: Change): Promise<void> {
		await this.call((trainer) => trainer.change(change));
	}

	async setSpeedLimit(stepsPerSecond: number | null): Promise<void> {
		this.speedLimit = stepsPerSecond;
		await this.change({ kind: 'speed-limit', stepsPerSecond });
	}

	/** Sets the gates of one lane, effective from the next step. */
	async setGates(lane: number, gates: readonly number[]): Promise<void> {
		if (this.status === 'replay') return;
		const before = this.gates[lane];
		if (gates.every((gate, block) => gate === before[block])) return;
		this.#canUndo({ kind: 'gates', lane, before, after: gates });
		await this.wish({ gates: { [lane]: [...gates] } });
	}

	async setLearningRate(learningRate: number): Promise<void> {
		await this.wish({ learningRate });
	}

	/** Changes the weights of one lane by hand. */
	async operate(lane: number, operation: Surgery): Promise<void> {
		if (!this.job && this.live) await this.change({ kind: 'surgery', lane, operation });
	}

	/** Undoes the last change of gates or weights. */
	async undo(): Promise<void> {
		const last = this.undoable.at(-1);
		if (!last || this.job || !this.live) return;
		if (last.kind === 'surgery') return this.change({ kind: 'undo-surgery' });
		this.undoable = this.undoable.slice(0, -1);
		await this.wish({ gates: { [last.lane]: last.before } });
	}

	/** Adds studies to those that the experiment asks for. */
	study(added: Studies): void {
		this.studies = { ...this.studies, ...added };
	}

	/** The experiment with the present gates and learning rate; null before there is an experiment. */
	protected withSettings(): Experiment | null {
		const { experiment, gates, learningRate } = this;
		if (!experiment) return null;
		return {
			...this.described(experiment),
			lanes: experiment.lanes.map((lane, i) => {
				// The plan will set these gates again.
				if (isPlanned(experiment, i)) return lane;
				return { ...lane, gates: gates[i].every((gate) => gate === 1) ? null : gates[i] };
			}),
			recipe: { ...experiment.recipe, learningRate }
		};
	}

	/** The experiment with the studies that the user has asked for. */
	protected described(experiment: Experiment): Experiment {
		return Object.keys(this.studies).length ? { ...experiment, studies: this.studies } : experiment;
	}

	/** The run so far as a record; null before there is a run. */
	protected recorded(environment: RunRecord['environment']): RunRecord | null {
		const { experiment, images, history, prediction } = this;
		if (!experiment || !images) return null;
		const isDone = ({ step }: { readonly step: number }) => step <= history.step;
		return {
			version: 1,
			kind: 'residual-explorer-run',
			experiment: this.described(experiment),
			input: images.input,
			environment,
			steps: history.steps,
			// While training goes on, the worker reports steps after what happened in them.
			evaluations: history.evaluations.filter(isDone),
			events: history.events.filter(isDone),
			...recordedResults(resultsUpTo(history.results, history.step)),
			...(prediction && { prediction })
		};
	}

	/** Shows another run. */
	protected show(experiment: Experiment, history: History): void {
		if (this.prediction)
			this.prediction = sameNetworks(this.experiment, experiment)
				? { ...this.prediction, seen: null }
				: null;
		this.experiment = experiment;
		this.studies = experiment.studies ?? {};
		this.undoable = [];
		this.#wishes = NO_WISHES;
		this.history = history;
		this.#events++;
		this.version++;
	}

	/** Fills the history from a record. */
	protected fill(record: RunRecord): void {
		this.show(record.experiment, historyOf(record, this.history.results));
		this.prediction = record.prediction ?? null;
	}

	/** Truncates the run to a step, from which it is resumed. */
	protected goBack(step: number): void {
		this.history.truncate(step);
		// The weights needed to undo an operation were in the worker that is gone.
		this.undoable = this.undoable.filter(({ kind }) => kind === 'gates');
		this.#events++;
		this.version++;
	}

	protected happened(event: RunEvent): void {
		this.history.addEvent(event);
		this.#events++;
		this.version++;
		if (event.kind === 'gate' || event.kind === 'learning-rate') this.#forgetFulfilled();
		if (event.kind === 'surgery') this.#canUndo(event);
		if (event.kind === 'surgery-undone') {
			const undone = this.undoable.findLast(({ kind }) => kind === 'surgery');
			this.undoable = this.undoable.filter((change) => change !== undone);
		}
	}

	#canUndo(change: Undoable): void {
		this.undoable = [...this.undoable, change].slice(-MOST_UNDO);
	}

	/** Changes settings: shows them at once and sends them to the worker. */
	protected async wish({ gates = {}, learningRate = null }: Partial<Wishes>): Promise<void> {
		this.#wishes = {
			gates: { ...this.#wishes.gates, ...gates },
			learningRate: learningRate ?? this.#wishes.learningRate
		};
		const changes: Change[] = Object.entries(gates).map(([lane, own]) => ({
			kind: 'gates',
			lane: Number(lane),
			gates: own
		}));
		if (learningRate !== null) changes.push({ kind: 'learning-rate', learningRate });
		await Promise.all(changes.map((change) => this.change(change)));
		// Only now: earlier changes may still have been on their way.
		this.#forgetFulfilled();
	}

	/** Drops the wishes that the worker has confirmed. */
	#forgetFulfilled(): void {
		const told = this.#told;
		const { gates, learningRate } = this.#wishes;
		const open = Object.entries(gates).filter(
			([lane, own]) => own.join() !== told.gates[Number(lane)]?.join()
		);
		this.#wishes = {
			gates: Object.fromEntries(open),
			learningRate: learningRate === told.learningRate ? null : learningRate
		};
	}

	/** The settings on the screen, except those that the experiment's plan will set again. */
	protected ownSettings(): Wishes {
		const { experiment, gates, learningRate } = this;
		const own = [...gates.entries()].filter(
			([lane]) => !experiment || !isPlanned(experiment, lane)
		);
		return { gates: Object.fromEntries(own), learningRate };
	}
}

const sameNetworks = (one: Experiment | null, other: Experiment) =>
	JSON.stringify(one?.lanes) === JSON.stringify(other.lanes);

/** Whether an experiment's plan sets the gates of a lane. */
const isPlanned = ({ plan }: Experiment, lane: number) =>
	plan?.some((change) => change.lane === lane) ?? false;
