/**
 * The messages between the page and the training worker. They are plain values, so that structured cloning can pass
 * them; the page makes sentences of them.
 */
import type { BackendChoice, BackendName, BackendTrial, Engine } from '$lib/engine/engine';
import type { ImageShape } from '$lib/base/image';
import type { Shape } from '$lib/network';
import type { Experiment } from '../experiment/experiment';
import type { Snapshot } from '../record/snapshot';
import type {
	EvaluationRecord,
	ResumeCause,
	RunEvent,
	RunRecord,
	StepRecord
} from '../record/record';
import type { Found, MeasuredStudy, Spec, StudyName } from '../studies';
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
	/** The user's data set is not on this machine, or does not have the networks' classes. */
	| { readonly code: 'no-set'; readonly id: string }
	| {
			readonly code: 'classes';
			readonly title: string;
			readonly has: number;
			readonly wanted: number;
	  }
	/** A network needs images of at least `least` × `least` pixels: these have `size` × `size`, at full size `full` × `full`. */
	| {
			readonly code: 'image-size';
			readonly size: number;
			readonly full: number;
			readonly least: number;
	  }
	| { readonly code: 'no-backend'; readonly trials: readonly BackendTrial[] }
	| { readonly code: 'device-lost'; readonly backend: BackendName; readonly detail: string }
	/** The networks do not fit into memory; needed and available bytes. */
	| { readonly code: 'memory'; readonly needed: number; readonly available: number | null }
	/** The networks and their images need more bytes than the browser grants a page on this device. */
	| { readonly code: 'page-memory'; readonly needed: number; readonly most: number }
	/** The numbers of a network that is trained before step 0 were no longer finite; `network` is its name. */
	| { readonly code: 'pretraining'; readonly network: string; readonly step: number }
	/** The user stopped the training before step 0. */
	| { readonly code: 'pretraining-stopped' }
	| { readonly code: 'engine'; readonly detail: string }
	/** The worker itself did not load, or died. */
	| { readonly code: 'worker'; readonly detail: string }
	/** The worker has been silent for `seconds`: it does not start, or it hangs. */
	| { readonly code: 'silent'; readonly seconds: number };

/** Whether the worker or its device is gone, so that the run can be resumed in another worker. */
export const isLoss = ({ code }: Failure) =>
	code === 'device-lost' || code === 'worker' || code === 'silent';

export type Preparation =
	/** Trying the backends; `name` is the one being tried. */
	| { readonly kind: 'backend'; readonly name: BackendName | null }
	/** Waiting for images. */
	| { readonly kind: 'data' }
	/** Drawing the weights and building the networks. */
	| { readonly kind: 'build' }
	/** Training the smaller networks whose layers start a lane's network: steps done, of all for this lane. */
	| {
			readonly kind: 'pretrain';
			readonly lane: number;
			readonly done: number;
			readonly of: number;
	  }
	/** Resuming after a loss. */
	| { readonly kind: 'resume'; readonly cause: ResumeCause };

export type Report =
	| { readonly kind: 'phase'; readonly phase: Preparation }
	| { readonly kind: 'trial'; readonly trial: BackendTrial }
	| { readonly kind: 'backend'; readonly choice: BackendChoice }
	/** The images of an experiment are known, and with them its networks, which are built next. */
	| {
			readonly kind: 'opened';
			/** Number of the request that this report answers. */
			readonly request: number;
			readonly experiment: Experiment;
			readonly images: ImagesInfo;
	  }
	/** The experiment is ready, at step 0 unless it resumes from a snapshot. */
	| {
			readonly kind: 'ready';
			/** Number of the request that this report answers. */
			readonly request: number;
			readonly step: number;
			readonly experiment: Experiment;
			/** Start of the run, in ISO 8601. */
			readonly startedAt: string;
			/** The node that made tfjs's kernels take over; null on our own. */
			readonly reference: Engine['reference'];
	  }
	| { readonly kind: 'steps'; readonly steps: readonly StepRecord[] }
	| { readonly kind: 'evaluation'; readonly evaluation: EvaluationRecord }
	| { readonly kind: 'event'; readonly event: RunEvent }
	/** A study reports a finding. */
	| {
			[S in StudyName]: { readonly kind: 'found'; readonly study: S; readonly found: Found<S> };
	  }[StudyName]
	/** Progress of the job beside training; null when it has ended. */
	| { readonly kind: 'job'; readonly job: Job | null }
	| { readonly kind: 'snapshot'; readonly snapshot: Snapshot }
	| { readonly kind: 'running'; readonly running: boolean }
	/** Bytes of images received so far, while training goes on. */
	| { readonly kind: 'data'; readonly bytes: number; readonly total: number }
	/** A sign of life while data are loading. */
	| { readonly kind: 'alive' }
	| {
			readonly kind: 'failure';
			/** Number of the request that failed; null if the run was ready and failed later. */
			readonly request: number | null;
			readonly failure: Failure;
	  };

/** The progress of a long job between two steps. */
export interface Job {
	readonly kind: MeasuredStudy | 'surgery';
	readonly done: number;
	readonly of: number;
}

/** A description of the training images, for the page. */
export interface ImagesInfo {
	readonly title: string;
	/** Id of the data set. */
	readonly set: string;
	/** The networks' input, `[H, W, C]`. */
	readonly input: ImageShape;
	/** Height and width of the input with and without halving. */
	readonly sizes: { readonly half: number; readonly full: number };
	readonly classes: readonly string[];
	readonly train: number;
	readonly test: number;
}

/** The worker's interface. Every call resolves once it has taken effect, between two steps. */
export interface TrainerApi {
	/**
	 * Connects the page.
	 * @param report receives all reports
	 * @param dataUrl absolute address of the data packs, ending with a slash
	 * @param lifeline name of a Web Lock that the worker holds all its life; resolves once it is held, if the browser
	 * has locks
	 */
	connect(
		report: (report: Report) => void,
		dataUrl: string,
		lifeline: string,
		mostBytes: number | null
	): Promise<void>;
	/**
	 * Prepares the data and the networks. The first request chooses the backend, which stays.
	 * @param number returned with `ready` or `failure`; a later request replaces one that is not ready yet
	 * @param wish the backend to use if it works; null for the fastest
	 */
	prepare(number: number, experiment: Experiment, wish: BackendName | null): Promise<void>;
	/** Prepares the run of a snapshot, at its step; if this is the first request, on its backend if that still works. */
	resume(number: number, snapshot: Snapshot, cause: ResumeCause): Promise<void>;
	/** Trains until paused, or until `until` steps are made. */
	run(until?: number): Promise<void>;
	/** Pauses; resolves when the current step is done. */
	pause(): Promise<void>;
	step(): Promise<void>;
	/** Makes a study on the present networks; training waits meanwhile. */
	measure<S extends MeasuredStudy>(study: S, spec: Spec<S>): Promise<void>;
	/** Test images by index, in the format of the data set; null before it is open. */
	testImages(indices: readonly number[]): Promise<TestImages | null>;
	change(change: Change): Promise<void>;
	/** Ends the pre-training that is under way: its request fails. */
	stopPretraining(): void;
	/** Cancels all jobs beside training, running or waiting; findings already reported stay. */
	cancelJobs(): void;
	/** Fetches the shards again that failed to load. */
	retryData(): Promise<void>;
}

/** A description of a record's images, if the previous run had the same ones. */
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

/** Test images in the format of the data set. */
export interface TestImages {
	readonly indices: readonly number[];
	/** `[N, H, W, C]` */
	readonly pixels: Uint8Array;
	readonly shape: Shape;
	/** Class indices. */
	readonly labels: readonly number[];
}

/** A change to a run that is ready or training. */
export type Change =
	| { readonly kind: 'gates'; readonly lane: number; readonly gates: readonly number[] }
	| { readonly kind: 'learning-rate'; readonly learningRate: number }
	/** Most steps per second; null for no limit. */
	| { readonly kind: 'speed-limit'; readonly stepsPerSecond: number | null }
	/** Whether to count histograms at some steps, in this run and those after it. */
	| { readonly kind: 'histograms'; readonly on: boolean }
	/** Changes the weights of one lane and tests it before and after. */
	| { readonly kind: 'surgery'; readonly lane: number; readonly operation: Surgery }
	/** Restores the weights from before the last operation that has not been undone. */
	| { readonly kind: 'undo-surgery' };
