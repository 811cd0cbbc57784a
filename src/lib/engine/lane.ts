/** A lane whose steps are lists of dispatches that a device runs in order: what WebGPU's and WebGL's have in common. */
import type { Batch } from '$lib/base/image';
import type { LaneMetrics, LaneState, Recipe } from './engine';
import { keepsSquares } from './math/optimisers';
import { metricsFrom, type MetricPlaces } from './metrics';
import { dropoutKey, dropoutThreshold, updateConstants, type UpdateConstants } from './optimiser';
import type { Plan } from './plan/plan';
import type { PlannedLane, Sums } from './planned';

/** A dispatch, and when alone it is run: where a batch's moments are taken, or where gradients are clipped. */
export interface Conditional {
	readonly when?: 'training' | 'clipping';
}

/** Made once for a size of batch. A training step runs all lists in this order, evaluation the first two. */
export interface Lists<Dispatch, Rows> {
	readonly forward: readonly Dispatch[];
	readonly loss: readonly Dispatch[];
	readonly backward: readonly Dispatch[];
	readonly norms: readonly Dispatch[];
	readonly update: readonly Dispatch[];
	/** A row for each image, which starts with the logits. */
	readonly rows: Rows;
}

/** What changes from step to step. */
export interface StepValues {
	readonly images: number;
	readonly training: boolean;
	/** Of a training step. */
	readonly update?: UpdateConstants;
	readonly dropout?: { readonly key: number; readonly threshold: number };
}

/** What training changes, on the device. */
interface TrainedState {
	/** An optimiser has kept squares of gradients. */
	hasSquares: boolean;
	/** A copy. */
	read(): Promise<LaneState>;
	/** See `Engine.load`. */
	load(state: LaneState): void;
}

export abstract class DeviceLane<Dispatch extends Conditional, Rows> implements PlannedLane {
	readonly plan: Plan;
	readonly #seed: number;
	readonly #state: TrainedState;
	readonly #metrics: MetricPlaces;
	/** Null until there is room for a batch. */
	protected lists: Lists<Dispatch, Rows> | null = null;

	protected constructor(plan: Plan, seed: number, state: TrainedState, metrics: MetricPlaces) {
		this.plan = plan;
		this.#seed = seed;
		this.#state = state;
		this.#metrics = metrics;
	}

	abstract setGate(block: number, gate: number): void;
	/** Submits the dispatches; resolves with the metrics, or with the rows of the step's images where they are given. */
	protected abstract run(
		dispatches: readonly Dispatch[],
		step: StepValues,
		rows?: Rows
	): Promise<Float32Array>;

	/** Resolves with what the step tells, which is of before the update. */
	async step({ shape: [images] }: Batch, recipe: Recipe): Promise<LaneMetrics> {
		const { dropout } = this.plan.head;
		const step: StepValues = {
			images,
			training: true,
			update: updateConstants(recipe),
			dropout: {
				key: dropoutKey(this.#seed, recipe.step),
				threshold: dropoutThreshold(dropout)
			}
		};
		this.#state.hasSquares ||= keepsSquares(recipe.optimiser);
		const { forward, loss, backward, norms, update } = this.#ready();
		const all = [forward, loss, backward, norms, update];
		return metricsFrom(await this.#run(all, step), this.#metrics, this.plan);
	}

	async evaluate({ shape: [images] }: Batch): Promise<Sums> {
		const { forward, loss } = this.#ready();
		const step = { images, training: false };
		const [mean, wrong] = await this.#run([forward, loss], step);
		return { loss: mean * images, wrong: Math.round(wrong * images) };
	}

	async logits({ shape: [images] }: Batch, training: boolean): Promise<Float32Array> {
		const { forward, loss, rows } = this.#ready();
		const { classes } = this.plan.head;
		const numbers = await this.#run([forward, loss], { images, training }, rows);
		const size = numbers.length / images;
		const logits = new Float32Array(images * classes);
		for (let n = 0; n < images; n++)
			logits.set(numbers.subarray(n * size, n * size + classes), n * classes);
		return logits;
	}

	state(): Promise<LaneState> {
		return this.#state.read();
	}

	load(state: LaneState): void {
		this.#state.load(state);
	}

	#ready(): Lists<Dispatch, Rows> {
		if (!this.lists) throw new Error('the lane has no room for a batch yet');
		return this.lists;
	}

	#run(
		lists: readonly (readonly Dispatch[])[],
		step: StepValues,
		rows?: Rows
	): Promise<Float32Array> {
		const clipping = step.update !== undefined && step.update.clip < Infinity;
		const run = { training: step.training, clipping };
		const dispatches = lists.flat().filter(({ when }) => !when || run[when]);
		return this.run(dispatches, step, rows);
	}
}
