/**
 * The run on the screen: its experiment, its history, and what the user has made of its settings. The worker's events are
 * the truth; gates and learning rate are folded from them, under what the user has set and the worker has not told yet.
 */
import type * as Comlink from 'comlink';
import { analyse, type AnalysedNetwork } from '$lib/network';
import { laneNetwork, type Experiment } from '../experiment/experiment';
import { timeForRest } from '../experiment/pace';
import { History, historyOf } from '../record/history';
import type { RunEvent, RunRecord } from '../record/record';
import { settingsOf, type RunSettings } from '../record/settings';
import { noteOf, recordedResults, type Spec, type Studies, type StudyName } from '../studies';
import { MOST_UNDO, type Surgery } from '../studies/surgery';
import type { Change, ImagesInfo, Job, TestImages, TrainerApi } from '../worker/protocol';
import type { Status } from './status';

/** A change to a lane that can be taken back. */
export type Undoable =
	| {
			readonly kind: 'gates';
			readonly lane: number;
			readonly before: readonly number[];
			readonly after: readonly number[];
	  }
	| (RunEvent & { readonly kind: 'surgery' });

/** Settings that the user wants: the gates of some lanes, the learning rate. */
interface Wishes {
	/** By lane. */
	readonly gates: Readonly<Record<number, readonly number[]>>;
	readonly learningRate: number | null;
}
const NO_WISHES: Wishes = { gates: {}, learningRate: null };

export abstract class RunOnScreen {
	status = $state<Status>('starting');
	/** What is done beside training, and how far it is. */
	job = $state.raw<Job | null>(null);
	/** When that began, as `performance.now()` tells it. */
	protected jobSince = 0;
	images = $state.raw<ImagesInfo | null>(null);
	/** As it was at its step 0: another object is another run. */
	experiment = $state.raw<Experiment | null>(null);
	/** What is measured beside training. */
	studies = $state.raw<Studies>({});
	/** What can be undone, the latest last. */
	undoable = $state.raw<readonly Undoable[]>([]);
	speedLimit = $state<number | null>(null);
	history = $state.raw(new History(0));
	/** Counts changes of `history`, which is appended to in place. */
	version = $state(0);
	/** Counts changes of its events. */
	#events = $state(0);
	/** What the user has set and the worker has not told as done yet. */
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
	/** By lane, one number per block; what the user sees and wants, at most a step ahead of the worker. */
	readonly gates: readonly (readonly number[])[] = $derived.by(() => {
		const gates = this.#told.gates.map((own, lane) => this.#wishes.gates[lane] ?? own);
		// A wish that has come true changes nothing for whoever draws them.
		if (JSON.stringify(gates) !== JSON.stringify(this.#seen)) this.#seen = gates;
		return this.#seen;
	});
	#seen: readonly (readonly number[])[] = [];
	readonly learningRate: number = $derived(this.#wishes.learningRate ?? this.#told.learningRate);

	/** Asks the worker for something; resolves when it has answered or is gone, then with null. */
	protected abstract call<T>(
		action: (trainer: Comlink.Remote<TrainerApi>) => Promise<T>
	): Promise<T | null>;

	/** Networks stand ready, in training or paused. */
	get live(): boolean {
		return this.status === 'ready' || this.status === 'running';
	}

	/** Number of the run's last step, 0 before the first. */
	get stepsMade(): number {
		void this.version;
		return this.history.step;
	}

	/** Measures something on the networks as they are; `history.results` gets what is found. */
	async measure<S extends StudyName>(study: S, spec: Spec<S>): Promise<void> {
		if (!this.live) return;
		this.study(noteOf(study, spec));
		await this.call((trainer) => trainer.measure(study, spec));
	}

	/** Test images by their indices; null when they cannot be had now, or the data set has changed meanwhile. */
	async testImages(indices: readonly number[]): Promise<TestImages | null> {
		const { images } = this;
		if (!this.live || !images) return null;
		const found = await this.call((trainer) => trainer.testImages(indices));
		return this.images?.set === images.set ? found : null;
	}

	/** Milliseconds that what is done beside training will still take; null before that can be told. */
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

	/** Sets the gates of one lane from the next step on. */
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

	/** Takes back the last change of gates or weights. */
	async undo(): Promise<void> {
		const last = this.undoable.at(-1);
		if (!last || this.job || !this.live) return;
		if (last.kind === 'surgery') return this.change({ kind: 'undo-surgery' });
		this.undoable = this.undoable.slice(0, -1);
		await this.wish({ gates: { [last.lane]: last.before } });
	}

	/** Notes what is measured beside training. */
	study(added: Studies): void {
		this.studies = { ...this.studies, ...added };
	}

	/** The experiment with the gates and the learning rate as they now stand; null before there is one. */
	protected withSettings(): Experiment | null {
		const { experiment, gates, learningRate } = this;
		if (!experiment) return null;
		return {
			...this.described(experiment),
			lanes: experiment.lanes.map((lane, i) => {
				// What the plan has set it will set again.
				if (isPlanned(experiment, i)) return lane;
				return { ...lane, gates: gates[i].every((gate) => gate === 1) ? null : gates[i] };
			}),
			recipe: { ...experiment.recipe, learningRate }
		};
	}

	/** The experiment with what is measured beside it. */
	protected described(experiment: Experiment): Experiment {
		return Object.keys(this.studies).length ? { ...experiment, studies: this.studies } : experiment;
	}

	/** The run so far, as a record has it; null before there is one. */
	protected recorded(environment: RunRecord['environment']): RunRecord | null {
		const { experiment, images, history } = this;
		if (!experiment || !images) return null;
		return {
			version: 1,
			kind: 'residual-explorer-run',
			experiment: this.described(experiment),
			input: images.input,
			environment,
			steps: history.steps,
			evaluations: history.evaluations,
			events: history.events,
			...recordedResults(history.results)
		};
	}

	/** Shows another run. */
	protected show(experiment: Experiment, history: History): void {
		this.experiment = experiment;
		this.studies = experiment.studies ?? {};
		this.undoable = [];
		this.#wishes = NO_WISHES;
		this.history = history;
		this.#events++;
		this.version++;
	}

	/** Shows all that a record holds. */
	protected fill(record: RunRecord): void {
		this.show(record.experiment, historyOf(record, this.history.results));
	}

	/** The run goes on from one of its steps. */
	protected goBack(step: number): void {
		this.history.truncate(step);
		// The weights before an operation were in the worker that is gone.
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

	/** Settings as the user wants them: seen at once, and asked of the worker. */
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
		// Not before: what was asked for earlier may still be on its way.
		this.#forgetFulfilled();
	}

	/** What the worker has told is no wish any more. */
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

	/** The settings on the screen, without those that the experiment's plan will make again. */
	protected ownSettings(): Wishes {
		const { experiment, gates, learningRate } = this;
		const own = [...gates.entries()].filter(
			([lane]) => !experiment || !isPlanned(experiment, lane)
		);
		return { gates: Object.fromEntries(own), learningRate };
	}
}

/** Whether an experiment's plan sets the gates of a lane. */
const isPlanned = ({ plan }: Experiment, lane: number) =>
	plan?.some((change) => change.lane === lane) ?? false;
