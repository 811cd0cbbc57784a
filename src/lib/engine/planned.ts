/** The base of the engines on our own kernels: lanes with one plan each, laid out for the largest batch so far. */
import type { Batch } from '$lib/base/image';
import type { BackendName, Engine, Evaluation, LaneState, LaneStep, Recipe } from './engine';
import { evaluateBatches } from './evaluation';
import type { Plan } from './plan/plan';

/** A network in training, once it is laid out. A method that returns a promise has submitted its work; one that returns a value has finished it. */
export interface PlannedLane {
	readonly plan: Plan;
	step(batch: Batch, recipe: Recipe, histograms: boolean): LaneStep | Promise<LaneStep>;
	/** Prepares the lane for steps that count histograms, after each layout; absent if nothing has to be prepared. */
	layOutHistograms?(): Promise<void>;
	/** Logits `[N, classes]`. */
	logits(batch: Batch, training: boolean): Float32Array | Promise<Float32Array>;
	/** Sum of the cross-entropy and number of wrong answers, with the running averages. */
	evaluate(batch: Batch): Sums | Promise<Sums>;
	setGate(block: number, gate: number): void;
	state(): LaneState | Promise<LaneState>;
	load(state: LaneState): void;
}

export interface Sums {
	readonly loss: number;
	readonly wrong: number;
}

/** The memory that lanes share. `upload` lays a batch out and uploads it for all lanes that run on it next. */
interface Pool {
	upload(batch: Batch): void;
}

export abstract class PlannedEngine<
	Lane extends PlannedLane,
	MapPool extends Pool
> implements Engine {
	abstract readonly backend: BackendName;
	readonly reference = null;
	protected readonly lanes: readonly Lane[];
	/** Null until the lanes are laid out for a batch. */
	protected pool: MapPool | null = null;
	/** Number of images that the lanes are laid out for. */
	#images = 0;
	/** Whether they are laid out for histograms too. */
	#counts = false;
	#laidOut: Promise<void> = Promise.resolve();

	protected constructor(lanes: readonly Lane[]) {
		this.lanes = lanes;
	}

	/** Allocates memory for batches of up to `images` images. @throws MemoryError */
	protected abstract layOut(images: number): void | Promise<void>;
	abstract memory(): { tensors: number; bytes: number };
	abstract dispose(): void;

	/** Runs an action that submits work; an engine can override it to restore the context afterwards. */
	protected submit<T>(action: () => T): T {
		return action();
	}

	/** What the code that lays the lanes out takes of a memory that only counts. */
	abstract bytesFor(images: number): number;

	/** See `Engine.prepare`. Calls during the layout wait for it, in order. @param histograms whether to prepare for them too */
	prepare(images: number, histograms = false): Promise<void> {
		const laidOut = this.#laidOut.then(async () => {
			if (images > this.#images) {
				this.#images = 0;
				this.#counts = false;
				await this.layOut(images);
				this.#images = images;
			}
			if (!histograms || this.#counts) return;
			for (const lane of this.lanes) await lane.layOutHistograms?.();
			this.#counts = true;
		});
		this.#laidOut = laidOut.catch(() => {});
		return laidOut;
	}

	async step(
		batch: Batch,
		recipe: Recipe,
		active?: readonly boolean[],
		histograms = false
	): Promise<(LaneStep | null)[]> {
		await this.prepare(batch.shape[0], histograms);
		// Submit all lanes before waiting for the first.
		const running = this.lanes.map((lane, i) => ((active?.[i] ?? true) ? lane : null));
		return this.#run(batch, running, () =>
			Promise.all(running.map((lane) => lane && lane.step(batch, recipe, histograms)))
		);
	}

	async logits(lane: number, batch: Batch, training: boolean): Promise<Float32Array> {
		await this.prepare(batch.shape[0]);
		const one = this.lanes[lane];
		return this.#run(batch, [one], () => one.logits(batch, training));
	}

	evaluate(lane: number, batches: readonly Batch[]): Promise<Evaluation> {
		const one = this.lanes[lane];
		return evaluateBatches(batches, this.#images || Infinity, async (batch) => {
			await this.prepare(batch.shape[0]);
			return this.#run(batch, [one], () => one.evaluate(batch));
		});
	}

	/** Submits the lanes' work on a batch. @throws RangeError if its images are of another size than the networks' input */
	#run<T>(batch: Batch, lanes: readonly (Lane | null)[], action: () => T): T {
		const [, ...found] = batch.shape;
		for (const lane of lanes) {
			if (!lane) continue;
			const { height, width, channels } = lane.plan.buffers[0];
			if (found.join() !== [height, width, channels].join())
				throw new RangeError(`images ${found.join('×')}: expected ${height}×${width}×${channels}`);
		}
		return this.submit(() => {
			this.pool?.upload(batch);
			return action();
		});
	}

	setGate(lane: number, block: number, gate: number): void {
		this.lanes[lane].setGate(block, gate);
	}

	async state(lane: number): Promise<LaneState> {
		return this.submit(() => this.lanes[lane].state());
	}

	async load(lane: number, state: LaneState): Promise<void> {
		// Wait for the steps that were requested before.
		await this.prepare(0);
		this.submit(() => this.lanes[lane].load(state));
	}
}
