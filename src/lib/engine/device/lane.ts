/** A lane on a device: the code that WebGPU and WebGL share. A step is lists of dispatches that the device runs in order. */
import type { Batch } from '$lib/base/image';
import type { LaneMetrics, LaneState, Recipe } from '../engine';
import { keepsSquares } from '../math/optimisers';
import { metricsFrom, type placeMetrics } from '../metrics';
import { updateConstants, type UpdateConstants } from '../optimiser';
import type { Plan } from '../plan/plan';
import type { PlannedLane, Sums } from '../planned';
import { draws, type Draw } from './dropout';
import type { DeviceParameters } from './parameters';

/** A dispatch that may be conditional: on normalisation by the batch, or on gradient clipping. */
export interface Conditional {
	readonly when?: 'training' | 'clipping';
}

/** The lists of dispatches for a batch size, made once. A training step runs both lists, an evaluation only the first. */
export interface Lists<Dispatch, Rows> {
	/** Dispatches from the images to the loss. */
	readonly forward: readonly Dispatch[];
	/** Dispatches from the loss to the update. */
	readonly backward: readonly Dispatch[];
	/** One row for each image, which starts with its logits. */
	readonly rows: Rows;
}

/** The values that change from step to step. */
export interface StepValues {
	readonly images: number;
	readonly training: boolean;
	/** Constants of the update; absent outside training steps. */
	readonly update?: UpdateConstants;
	/** Of all dropouts of the plan; absent outside training steps, which drop nothing. */
	readonly dropout?: readonly Draw[];
}

/** The parts of a lane that do not depend on a batch. */
interface Trained {
	readonly plan: Plan;
	readonly parameters: DeviceParameters<unknown>;
	readonly metricPlaces: ReturnType<typeof placeMetrics>;
}

export abstract class DeviceLane<
	Lasting extends Trained,
	Dispatch extends Conditional,
	Rows
> implements PlannedLane {
	readonly plan: Plan;
	protected readonly lasting: Lasting;
	readonly #seed: number;
	/** Null until the lane is laid out for a batch. */
	protected lists: Lists<Dispatch, Rows> | null = null;

	protected constructor(lasting: Lasting, seed: number) {
		this.plan = lasting.plan;
		this.lasting = lasting;
		this.#seed = seed;
	}

	abstract setGate(block: number, gate: number): void;
	/** Submits the dispatches; resolves with the metrics, or with the rows of the images if `rows` is given. */
	protected abstract run(
		dispatches: readonly Dispatch[],
		step: StepValues,
		rows?: Rows
	): Promise<Float32Array>;

	/** Submits a training step; resolves with its metrics, measured before the update. */
	async step({ shape: [images] }: Batch, recipe: Recipe): Promise<LaneMetrics> {
		const step: StepValues = {
			images,
			training: true,
			update: updateConstants(recipe),
			dropout: draws(this.plan, this.#seed, recipe.step)
		};
		const { parameters, metricPlaces } = this.lasting;
		parameters.hasSquares ||= keepsSquares(recipe.optimiser);
		const { forward, backward } = this.#ready();
		const numbers = await this.#run([...forward, ...backward], step);
		return metricsFrom(numbers, metricPlaces.places, this.plan);
	}

	async evaluate({ shape: [images] }: Batch): Promise<Sums> {
		const { forward } = this.#ready();
		const [mean, wrong] = await this.#run(forward, { images, training: false });
		return { loss: mean * images, wrong: Math.round(wrong * images) };
	}

	async logits({ shape: [images] }: Batch, training: boolean): Promise<Float32Array> {
		const { forward, rows } = this.#ready();
		const { classes } = this.plan.head;
		const numbers = await this.#run(forward, { images, training }, rows);
		const size = numbers.length / images;
		const logits = new Float32Array(images * classes);
		for (let n = 0; n < images; n++)
			logits.set(numbers.subarray(n * size, n * size + classes), n * classes);
		return logits;
	}

	state(): Promise<LaneState> {
		return this.lasting.parameters.read();
	}

	load(state: LaneState): void {
		this.lasting.parameters.load(state);
	}

	#ready(): Lists<Dispatch, Rows> {
		if (!this.lists) throw new Error('the lane has no room for a batch yet');
		return this.lists;
	}

	#run(all: readonly Dispatch[], step: StepValues, rows?: Rows): Promise<Float32Array> {
		const clipping = step.update !== undefined && step.update.clip < Infinity;
		const run = { training: step.training, clipping };
		const dispatches = all.filter(({ when }) => !when || run[when]);
		return this.run(dispatches, step, rows);
	}
}
