/**
 * What the page and the training worker say to each other. Plain values, so that they cross
 * the boundary of the worker by structured clone; words for people are made on the page.
 */
import type { BackendChoice, BackendName, BackendTrial } from '$lib/engine/engine';
import type { ImageShape } from '$lib/base/image';
import type { Shape } from '$lib/network';
import type { Experiment, Request } from '../experiment/experiment';
import type { Snapshot } from '../record/snapshot';
import type { DepthChoice } from '../experiment/pace';
import type {
	EvaluationRecord,
	ResumeCause,
	RunEvent,
	RunRecord,
	StepRecord
} from '../record/record';
import type { Found, Spec, StudyName } from '../studies';
import type { Surgery } from '../studies/surgery';

/** Why training stopped or could not start. `detail` is technical and in English. */
export type Failure =
	| {
			readonly code: 'shard';
			readonly file: string;
			readonly reason: string;
			readonly expected: string;
			readonly got: string;
	  }
	| { readonly code: 'data'; readonly detail: string }
	/** A data set of the user's that is not on this machine, or has other classes than the networks. */
	| { readonly code: 'no-set'; readonly id: string }
	| {
			readonly code: 'classes';
			readonly title: string;
			readonly has: number;
			readonly wanted: number;
	  }
	| { readonly code: 'no-backend'; readonly trials: readonly BackendTrial[] }
	| { readonly code: 'device-lost'; readonly backend: BackendName; readonly detail: string }
	/** The networks do not fit; bytes. */
	| { readonly code: 'memory'; readonly needed: number; readonly available: number | null }
	| { readonly code: 'engine'; readonly detail: string }
	/** The worker itself did not load, or died. */
	| { readonly code: 'worker'; readonly detail: string }
	/** Nothing has come from the worker for so long: it does not start, or waits for something that never comes. */
	| { readonly code: 'silent'; readonly seconds: number };

/** The worker or its device is gone; what it had made ready can be taken up in another one. */
export const isLoss = ({ code }: Failure) =>
	code === 'device-lost' || code === 'worker' || code === 'silent';

export type Preparation =
	/** Trying the backends; `name` is the one being tried. */
	| { readonly kind: 'backend'; readonly name: BackendName | null }
	/** Timing a step to choose the depth. */
	| { readonly kind: 'pace' }
	/** Waiting for images. */
	| { readonly kind: 'data' }
	/** Drawing the weights and building the networks. */
	| { readonly kind: 'build' }
	/** Going on after a loss. */
	| { readonly kind: 'resume'; readonly cause: ResumeCause };

export type Report =
	| { readonly kind: 'phase'; readonly phase: Preparation }
	| { readonly kind: 'trial'; readonly trial: BackendTrial }
	| { readonly kind: 'backend'; readonly choice: BackendChoice }
	| { readonly kind: 'pace'; readonly choice: DepthChoice }
	/** The experiment that now stands ready, at step 0 unless it goes on from a snapshot. */
	| {
			readonly kind: 'ready';
			/** Number of the request that asked for it. */
			readonly request: number;
			readonly step: number;
			readonly experiment: Experiment;
			readonly images: ImagesInfo;
			/** ISO 8601. */
			readonly startedAt: string;
	  }
	| { readonly kind: 'steps'; readonly steps: readonly StepRecord[] }
	| { readonly kind: 'evaluation'; readonly evaluation: EvaluationRecord }
	| { readonly kind: 'event'; readonly event: RunEvent }
	/** A study has found something. */
	| {
			[S in StudyName]: { readonly kind: 'found'; readonly study: S; readonly found: Found<S> };
	  }[StudyName]
	/** How far something beside training has come; null when it has ended. */
	| { readonly kind: 'job'; readonly job: Job | null }
	| { readonly kind: 'snapshot'; readonly snapshot: Snapshot }
	| { readonly kind: 'running'; readonly running: boolean }
	/** Images received so far, while training goes on. */
	| { readonly kind: 'data'; readonly bytes: number; readonly total: number }
	/** Something is coming in that is not there yet. */
	| { readonly kind: 'alive' }
	| {
			readonly kind: 'failure';
			/** Number of the request that failed; null for what was ready and failed later. */
			readonly request: number | null;
			readonly failure: Failure;
	  };

/** Something that is done between two steps and takes a while. */
export interface Job {
	readonly kind: StudyName | 'surgery';
	readonly done: number;
	readonly of: number;
}

/** What the page tells about the images that the networks learn. */
export interface ImagesInfo {
	readonly title: string;
	/** Id of the data set. */
	readonly set: string;
	/** `[H, W, C]`, as the networks see them. */
	readonly input: ImageShape;
	/** Height and width that the networks see with and without halving. */
	readonly sizes: { readonly half: number; readonly full: number };
	readonly classes: readonly string[];
	readonly train: number;
	readonly test: number;
}

/** The worker's side. Every call resolves once it has taken effect, between two steps. */
export interface TrainerApi {
	/**
	 * Says where reports go and where data packs lie (absolute URL, ends with a slash), and the name of the lock to
	 * be held for life. Resolves once it is held, where the browser has locks.
	 */
	connect(report: (report: Report) => void, dataUrl: string, lifeline: string): Promise<void>;
	/**
	 * Makes ready the data and the networks; the backend is chosen when the first request comes, and stays.
	 * @param number told back with `ready` or `failure`: a later request takes the place of one that is not ready yet
	 * @param wish the backend to take where it works; null for the fastest
	 */
	prepare(number: number, request: Request, wish: BackendName | null): Promise<void>;
	/** Makes ready what a snapshot holds, at its step; when it is the first request, on its backend where that still works. */
	resume(number: number, snapshot: Snapshot, cause: ResumeCause): Promise<void>;
	/** Steps until paused, or until so many are made. */
	run(until?: number): Promise<void>;
	/** Resolves when the step under way is done: no more steps after it. */
	pause(): Promise<void>;
	step(): Promise<void>;
	/** Measures something on the networks as they are; training waits meanwhile. */
	measure<S extends StudyName>(study: S, spec: Spec<S>): Promise<void>;
	/** Test images by their indices, as they are in the data set; null before it is open. */
	testImages(indices: readonly number[]): Promise<TestImages | null>;
	change(change: Change): Promise<void>;
	/** Ends what is done beside training or waits for its turn; what it has told stays. */
	cancelJobs(): void;
	/** Fetches again what failed to load. */
	retryData(): Promise<void>;
}

/** What is known of the images of a record, from those of the run before it. */
export const imagesOf = (
	{ experiment, input }: Pick<RunRecord, 'experiment' | 'input'>,
	before: ImagesInfo | null
): ImagesInfo => ({
	title: experiment.data.set,
	set: experiment.data.set,
	sizes: { half: input[0], full: input[0] },
	classes: [],
	train: 0,
	test: 0,
	...before,
	input
});

/** Test images as they are in the data set. */
export interface TestImages {
	readonly indices: readonly number[];
	/** `[N, H, W, C]` */
	readonly pixels: Uint8Array;
	readonly shape: Shape;
	/** Class indices. */
	readonly labels: readonly number[];
}

/** What can be changed while a run is ready. */
export type Change =
	| { readonly kind: 'gates'; readonly lane: number; readonly gates: readonly number[] }
	| { readonly kind: 'learning-rate'; readonly learningRate: number }
	/** Most steps a second; null for as many as the machine can do. */
	| { readonly kind: 'speed-limit'; readonly stepsPerSecond: number | null }
	/** Changes the weights of one lane, testing it before and after. */
	| { readonly kind: 'surgery'; readonly lane: number; readonly operation: Surgery }
	/** Puts the weights back that a lane had before the last operation that is not undone yet. */
	| { readonly kind: 'undo-surgery' };
