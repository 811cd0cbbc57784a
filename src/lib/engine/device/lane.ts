/** A lane on a device: the code that WebGPU and WebGL share. A step is lists of dispatches that the device runs in order. */
import type { Batch } from '$lib/base/image';
import type { LaneState, LaneStep, Recipe } from '../engine';
import { BINS, HISTOGRAMS, noCounts } from '../histogram';
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

/** The lists of dispatches for a batch size, made once. A training step runs all three, an evaluation only the first. */
export interface Lists<Dispatch, Store> {
	/** Dispatches from the images to the loss. */
	readonly forward: readonly Dispatch[];
	/** Dispatches from the loss to the norms of the gradients. */
	readonly backward: readonly Dispatch[];
	readonly update: readonly Dispatch[];
	/** One row of `rowSize` numbers for each image, which starts with its logits. */
	readonly rows: Store;
	readonly rowSize: number;
}

/** What a step that counts histograms runs besides, and where it leaves the counts. */
export interface Counting<Dispatch, Store> {
	/** Dispatches after the forward pass, after the backward pass, and after the update. */
	readonly forward: readonly Dispatch[];
	readonly backward: readonly Dispatch[];
	readonly update: readonly Dispatch[];
	/** Rows `[HISTOGRAMS][layers]`, each of which starts with its bins. */
	readonly counts: Store;
	/** The numbers read from `counts` as integers. */
	readonly integersOf: (numbers: Float32Array) => Uint32Array;
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
interface Trained<Store> {
	readonly plan: Plan;
	readonly metrics: Store;
	readonly parameters: DeviceParameters<unknown>;
	readonly metricPlaces: ReturnType<typeof placeMetrics>;
}

export abstract class DeviceLane<
	Lasting extends Trained<Store>,
	Dispatch extends Conditional,
	Store
> implements PlannedLane {
	readonly plan: Plan;
	protected readonly lasting: Lasting;
	readonly #seed: number;
	/** Null until the lane is laid out for a batch. */
	protected lists: Lists<Dispatch, Store> | null = null;
	/** Null until histograms are asked for, and where the device cannot count them. */
	protected counting: Counting<Dispatch, Store> | null = null;

	protected constructor(lasting: Lasting, seed: number) {
		this.plan = lasting.plan;
		this.lasting = lasting;
		this.#seed = seed;
	}

	abstract setGate(block: number, gate: number): void;
	/** Sets `counting`, if the device can count. */
	abstract layOutHistograms(): Promise<void>;
	/** Submits the dispatches; resolves with the numbers that are in the stores afterwards. */
	protected abstract run(
		dispatches: readonly Dispatch[],
		step: StepValues,
		stores: readonly Store[]
	): Promise<Float32Array[]>;

	/** Submits a training step; resolves with its metrics, measured before the update. */
	async step({ shape: [images] }: Batch, recipe: Recipe, histograms: boolean): Promise<LaneStep> {
		const step: StepValues = {
			images,
			training: true,
			update: updateConstants(recipe),
			dropout: draws(this.plan, this.#seed, recipe.step)
		};
		const { parameters, metrics, metricPlaces } = this.lasting;
		parameters.hasSquares ||= keepsSquares(recipe.optimiser);
		const lists = this.#ready();
		const counting = histograms ? this.counting : null;
		const dispatches = (['forward', 'backward', 'update'] as const).flatMap((pass) => [
			...lists[pass],
			...(counting?.[pass] ?? [])
		]);
		const stores = counting ? [metrics, counting.counts] : [metrics];
		const [numbers, counts] = await this.#run(dispatches, step, stores);
		return {
			...metricsFrom(numbers, metricPlaces.places, this.plan),
			...(counting && { histograms: this.#histograms(counting.integersOf(counts)) })
		};
	}

	async evaluate({ shape: [images] }: Batch): Promise<Sums> {
		const { forward } = this.#ready();
		const step = { images, training: false };
		const [[mean, wrong]] = await this.#run(forward, step, [this.lasting.metrics]);
		return { loss: mean * images, wrong: Math.round(wrong * images) };
	}

	async logits({ shape: [images] }: Batch, training: boolean): Promise<Float32Array> {
		const { forward, rows, rowSize } = this.#ready();
		const { classes } = this.plan.head;
		const [numbers] = await this.#run(forward, { images, training }, [rows]);
		const logits = new Float32Array(images * classes);
		for (let n = 0; n < images; n++)
			logits.set(numbers.subarray(n * rowSize, n * rowSize + classes), n * classes);
		return logits;
	}

	state(): Promise<LaneState> {
		return this.lasting.parameters.read();
	}

	load(state: LaneState): void {
		this.lasting.parameters.load(state);
	}

	#ready(): Lists<Dispatch, Store> {
		if (!this.lists) throw new Error('the lane has no room for a batch yet');
		return this.lists;
	}

	#run(
		all: readonly Dispatch[],
		step: StepValues,
		stores: readonly Store[]
	): Promise<Float32Array[]> {
		const clipping = step.update !== undefined && step.update.clip < Infinity;
		const run = { training: step.training, clipping };
		const dispatches = all.filter(({ when }) => !when || run[when]);
		return this.run(dispatches, step, stores);
	}

	/** Takes the bins out of the rows. */
	#histograms(rows: Uint32Array): Uint32Array {
		const { layers } = this.plan.network;
		const counts = noCounts(layers.length);
		const count = HISTOGRAMS.length * layers.length;
		const size = rows.length / count;
		for (let i = 0; i < count; i++) counts.set(rows.subarray(i * size, i * size + BINS), i * BINS);
		return counts;
	}
}
