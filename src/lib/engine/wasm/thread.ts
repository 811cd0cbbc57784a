/** Entry of a worker that holds some lanes of a `ThreadedEngine`: an ordinary engine behind Comlink. */
import type { Batch } from '$lib/base/image';
import * as Comlink from 'comlink';
import type { LaneMetrics, LaneSetup, LaneState, Evaluation, Recipe } from '../engine';
import { holdLifeline } from '$lib/base/lifeline';
import { MemoryError } from '../memory';
import { WasmEngine } from './engine';
import { compileKernels } from './module';

/** What the engine says after making room. A refusal is told in numbers: an error's class does not cross. */
export type Room =
	| { readonly tensors: number; readonly bytes: number }
	| { readonly needed: number; readonly available: number | null };

export class Thread {
	#engine!: WasmEngine;

	/**
	 * Answers when the thread has started and its kernels are compiled.
	 * @param lifeline the lock to hold for life
	 */
	async start(lifeline: string): Promise<void> {
		await holdLifeline(lifeline);
		await compileKernels();
	}

	async open(setups: readonly LaneSetup[]): Promise<Room> {
		this.#engine = await WasmEngine.create(setups);
		return this.#engine.memory();
	}

	async prepare(images: number): Promise<Room> {
		try {
			await this.#engine.prepare(images);
			return this.#engine.memory();
		} catch (error) {
			if (!(error instanceof MemoryError)) throw error;
			const { needed, available } = error;
			return { needed, available };
		}
	}

	step(batch: Batch, recipe: Recipe, active: readonly boolean[]): Promise<(LaneMetrics | null)[]> {
		return this.#engine.step(batch, recipe, active);
	}

	logits(lane: number, batch: Batch, training: boolean): Promise<Float32Array> {
		return this.#engine.logits(lane, batch, training);
	}

	evaluate(lane: number, batches: readonly Batch[]): Promise<Evaluation> {
		return this.#engine.evaluate(lane, batches);
	}

	setGate(lane: number, block: number, gate: number): void {
		this.#engine.setGate(lane, block, gate);
	}

	state(lane: number): Promise<LaneState> {
		return this.#engine.state(lane);
	}

	load(lane: number, state: LaneState): Promise<void> {
		return this.#engine.load(lane, state);
	}
}

Comlink.expose(new Thread());
