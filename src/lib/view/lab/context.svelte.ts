/**
 * What the components of a lab share, as Svelte context: the session with the training worker, what stands around it, and
 * what the reader looks at. Whatever draws a single picture receives values instead.
 */
import { createContext } from 'svelte';
import {
	CATALOGUE,
	changeData,
	LAB_DEPTHS,
	type Experiment,
	type History,
	type ImagesInfo,
	type InsideNote,
	type RunRecord
} from '$lib/lab';
import { LabSession } from '$lib/lab/session/session.svelte';
import { SweepSession } from '$lib/lab/session/sweep.svelte';
import { OwnDataSession } from '$lib/lab/store/ownData.svelte';
import { CIFAR_CLASSES, type AnalysedNetwork } from '$lib/network';
import { laneNames } from '../words/experiment';
import { RUN_TABS, type RunTab } from '../present/panels.svelte';
import { KeptRuns } from './runs/keptRuns.svelte';

/** The run on the screen, once its networks stand. */
export interface ShownRun {
	readonly experiment: Experiment;
	readonly images: ImagesInfo;
	readonly networks: readonly AnalysedNetwork[];
	/** Of the networks, in the reader's language. */
	readonly names: readonly string[];
}

/** A layer that is to be looked inside; another object each time it is asked for. */
export type InsideAsked = Partial<Omit<InsideNote, 'block'>> & {
	/** Index of the block; null for a layer outside blocks, and where the one on show may stay. */
	readonly block: number | null;
};

export class Lab {
	readonly session: LabSession;
	readonly sweep: SweepSession;
	readonly kept = new KeptRuns();
	readonly own = new OwnDataSession();
	/** The experiment with changes that wait for a restart; null while none do. */
	draft = $state.raw<Experiment | null>(null);
	/** The step that all pictures show; null for the latest. */
	cursor = $state<number | null>(null);
	/** The step under the crosshair of the charts, or null. */
	read = $state<number | null>(null);
	tab = $state<RunTab>('findings');
	/** What the link had asked for: a class starts from it, and can come back to it; null where it asked for nothing. */
	fromLink = $state.raw<Experiment | null>(null);
	/** Null until something is asked for. */
	lookAt = $state.raw<InsideAsked | null>(null);
	settingsOpen = $state(false);
	runsOpen = $state(false);
	/** Of the user's own images. */
	dataOpen = $state(false);
	/** Whether its page has read an address. */
	opened = false;
	readonly #changesWait: boolean;
	/** It trained when its page was left. */
	#resumes = false;

	/**
	 * @param dataUrl where the data packs lie, absolute, ending with a slash
	 * @param changesWait whether a change of networks in training waits until it is applied, or begins anew at once
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

	/** Its page is left: another one may train meanwhile. */
	left(): void {
		this.#resumes = this.session.status === 'running';
		if (this.#resumes) void this.session.pause();
	}

	returned(): void {
		if (this.#resumes && this.session.status === 'ready') void this.session.run();
		this.#resumes = false;
	}

	/** As it is shown: with what waits, and with gates and learning rate as they now are. */
	readonly experiment = $derived.by(() => this.draft ?? this.session.present());

	readonly shown = $derived.by((): ShownRun | null => {
		const { experiment, images, networks } = this.session;
		if (!experiment || !images) return null;
		return { experiment, images, networks, names: laneNames(experiment) };
	});

	/** Whoever reads it here hears of what is added to it. */
	get history(): History {
		void this.session.version;
		return this.session.history;
	}

	/** Steps made. */
	get step(): number {
		return this.session.stepsMade;
	}

	/** Mean of the last steps, in milliseconds; null before the first. */
	readonly stepTime = $derived.by(() => {
		const recent = this.step ? this.history.steps.slice(-10) : [];
		return recent.length
			? recent.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / recent.length
			: null;
	});

	/** Of the deepest network. */
	readonly depth = $derived.by(() =>
		Math.max(...(this.experiment?.lanes.map(({ network }) => network.depth) ?? [LAB_DEPTHS[2]]))
	);

	/** Networks stand ready, in training or paused. */
	get live(): boolean {
		return this.session.live;
	}

	/** What can be learned: the shipped sets and the user's own. */
	readonly sets = $derived.by(() => [
		...CATALOGUE.map(({ id, title }) => ({ id, title, classes: CIFAR_CLASSES })),
		...this.own.sets.map(({ id, manifest: { title, classes } }) => ({
			id,
			title,
			classes: classes.length
		}))
	]);

	/** Opens the tab with the study that an experiment asks for. */
	showStudy({ studies }: Experiment): void {
		this.tab = RUN_TABS.find((tab) => studies && tab in studies) ?? this.tab;
	}

	/** Shows a recorded run, in the tab of what was measured in it. */
	async replay(record: RunRecord): Promise<void> {
		this.draft = null;
		this.runsOpen = false;
		await this.session.replay(record);
		const { results } = this.session.history;
		const measured = (['lesion', 'landscape', 'start', 'confusion'] as const).filter((study) => {
			const found = results[study];
			return Array.isArray(found) ? found.length : found;
		});
		this.tab = measured.at(0) ?? this.tab;
	}

	/** Makes another experiment ready, dropping what waits. */
	open(experiment: Experiment): void {
		this.draft = null;
		this.showStudy(experiment);
		void this.session.open({ experiment });
	}

	/** A change that needs fresh networks: at once before the first step, else when the user says so. */
	change(changed: Experiment): void {
		const fresh = this.step === 0 && this.session.status !== 'running';
		if (fresh || !this.#changesWait) this.open(changed);
		else this.draft = changed;
	}

	/** At once, and in what waits for step 0. */
	setLearningRate(learningRate: number): void {
		void this.session.setLearningRate(learningRate);
		if (this.draft) this.draft = { ...this.draft, recipe: { ...this.draft.recipe, learningRate } };
	}

	reset(): void {
		this.draft = null;
		void this.session.reset();
	}

	/** @param id of a set; of none that is there, nothing happens */
	chooseData(id: string): void {
		const set = this.sets.find((one) => one.id === id);
		const present = this.experiment ?? this.session.requested;
		if (set && present) this.change(changeData(present, id, set.classes));
	}
}

/** Of the page or the lesson's figure that a component stands in. */
export const [getLab, setLab] = createContext<Lab>();

/** Of the panels of a run. */
export const [getRun, setRun] = createContext<() => ShownRun>();
