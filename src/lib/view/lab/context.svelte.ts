/**
 * The state that the components of a lab share through Svelte context: the session with the training worker, kept runs
 * and images, and what the reader looks at. Components that draw a single picture receive values instead.
 */
import { createContext } from 'svelte';
import {
	CATALOGUE,
	changeData,
	experimentDepth,
	USUAL_DEPTH,
	type Experiment,
	type History,
	type ImagesInfo,
	type InsideNote,
	type RunRecord,
	type StudyName
} from '$lib/lab';
import { LabSession } from '$lib/lab/session/session.svelte';
import { SweepSession } from '$lib/lab/session/sweep.svelte';
import { OwnDataSession } from '$lib/lab/store/ownData.svelte';
import { CIFAR_CLASSES, type AnalysedNetwork } from '$lib/network';
import { laneNames } from '../words/experiment';
import { RUN_TABS, type RunTab } from '../present/panels.svelte';
import { KeptRuns } from './runs/keptRuns.svelte';

/** The run on the screen, once its networks are known. */
export interface ShownRun {
	readonly experiment: Experiment;
	readonly images: ImagesInfo;
	readonly networks: readonly AnalysedNetwork[];
	/** Names of the networks in the reader's language. */
	readonly names: readonly string[];
}

/** A request to look inside a layer; each request is a new object. */
export type InsideAsked = Partial<Omit<InsideNote, 'block'>> & {
	/** Index of the block; null for a layer outside blocks, or to keep the block shown. */
	readonly block: number | null;
};

export class Lab {
	readonly session: LabSession;
	readonly sweep: SweepSession;
	readonly kept = new KeptRuns();
	readonly own = new OwnDataSession();
	/** The experiment with changes that wait for a restart; null if there are none. */
	draft = $state.raw<Experiment | null>(null);
	/** The step that all pictures show; null follows the latest. */
	cursor = $state<number | null>(null);
	/** The step under the charts' crosshair, or null. */
	read = $state<number | null>(null);
	tab = $state<RunTab>('findings');
	/** The experiment that the link asked for, so that a class can return to it; null if there was none. */
	fromLink = $state.raw<Experiment | null>(null);
	/** The latest request to look inside a layer; null if there was none. */
	lookAt = $state.raw<InsideAsked | null>(null);
	/** Index of the network whose training error the reader draws; null if none is drawn now. */
	drawing = $state<number | null>(null);
	settingsOpen = $state(false);
	runsOpen = $state(false);
	/** Whether the panel of the user's own images is open. */
	dataOpen = $state(false);
	/** Whether the lab's page has read an address. */
	opened = false;
	readonly #changesWait: boolean;
	/** The pause of a training that was under way when its page was left. */
	#paused: Promise<void> | null = null;

	/**
	 * @param dataUrl absolute address of the data packs, ending with a slash
	 * @param changesWait whether changes to networks in training wait until the user applies them; else they restart at
	 * once
	 */
	constructor(dataUrl: string, { changesWait }: { changesWait: boolean }) {
		this.#changesWait = changesWait;
		this.session = new LabSession(dataUrl, __APP__);
		this.sweep = new SweepSession(dataUrl);
	}

	close(): void {
		this.session.close();
		this.sweep.close();
		this.own.close();
		this.kept.close();
	}

	/** To be called when its page is left: pauses, because another page may train. */
	left(): void {
		this.#paused = this.session.status === 'running' ? this.session.pause() : null;
	}

	/** Goes on with what its leaving has paused, once that has come to rest. */
	async returned(): Promise<void> {
		const paused = this.#paused;
		this.#paused = null;
		await paused;
		if (paused && this.session.live) await this.session.run();
	}

	/** The experiment shown: with changes that wait, or else with the present gates and learning rate. */
	readonly experiment = $derived.by(() => this.draft ?? this.session.present());

	readonly shown = $derived.by((): ShownRun | null => {
		const { experiment, images, networks } = this.session;
		if (!experiment || !images) return null;
		return { experiment, images, networks, names: laneNames(experiment) };
	});

	/** The run's history; reading it here subscribes to its changes. */
	get history(): History {
		void this.session.version;
		return this.session.history;
	}

	/** Number of steps made. */
	get step(): number {
		return this.session.stepsMade;
	}

	/** Mean time of the last steps in milliseconds; null before the first. */
	readonly stepTime = $derived.by(() => {
		const recent = this.step ? this.history.steps.slice(-10) : [];
		return recent.length
			? recent.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / recent.length
			: null;
	});

	/** The depth of the experiment on the screen. */
	readonly depth = $derived.by(() =>
		this.experiment ? experimentDepth(this.experiment) : USUAL_DEPTH
	);

	/** Whether networks are ready, training or paused. */
	get live(): boolean {
		return this.session.live;
	}

	/** The data sets to choose from: the app's and the user's own. */
	readonly sets = $derived.by(() => [
		...CATALOGUE.map(({ id, title }) => ({ id, title, classes: CIFAR_CLASSES })),
		...this.own.sets.map(({ id, manifest: { title, classes } }) => ({
			id,
			title,
			classes: classes.length
		}))
	]);

	/** Opens the tab of the study that an experiment asks for. */
	showStudy({ studies }: Experiment): void {
		this.tab = RUN_TABS.find((tab) => studies && tab in studies) ?? this.tab;
	}

	/** Shows a record, with the tab of a study that it contains. */
	async replay(record: RunRecord): Promise<void> {
		this.draft = null;
		this.runsOpen = false;
		await this.session.replay(record);
		const { results } = this.session.history;
		const measured = RUN_TABS.find((tab) => {
			const found = tab in results ? results[tab as StudyName] : null;
			return Array.isArray(found) ? found.length : found;
		});
		this.tab = measured ?? this.tab;
	}

	/** Opens another experiment and drops changes that wait. */
	open(experiment: Experiment): void {
		this.draft = null;
		this.showStudy(experiment);
		void this.session.open(experiment);
	}

	/** Makes a change that needs a restart: at once before the first step, later when the user applies it. */
	change(changed: Experiment): void {
		const fresh = this.step === 0 && this.session.status !== 'running';
		if (fresh || !this.#changesWait) this.open(changed);
		else this.draft = changed;
	}

	/** Sets the learning rate at once, and in the draft. */
	setLearningRate(learningRate: number): void {
		void this.session.setLearningRate(learningRate);
		if (this.draft) this.draft = { ...this.draft, recipe: { ...this.draft.recipe, learningRate } };
	}

	reset(): void {
		this.draft = null;
		void this.session.reset();
	}

	/** @param id id of a data set; an unknown id is ignored */
	chooseData(id: string): void {
		const set = this.sets.find((one) => one.id === id);
		const present = this.experiment ?? this.session.requested;
		if (set && present) this.change(changeData(present, id, set.classes));
	}
}

/** The lab of the page, or of the lesson's figure, that contains a component. */
export const [getLab, setLab] = createContext<Lab>();

/** The run that a component's panels show. */
export const [getRun, setRun] = createContext<() => ShownRun>();
