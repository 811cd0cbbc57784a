/** Entry of a worker that holds some lanes of a `ThreadedEngine`: an ordinary engine behind Comlink. */
import * as Comlink from 'comlink';
import type { LaneSetup } from '../engine';
import { holdLifeline } from '$lib/base/lifeline';
import { MemoryError } from '../memory';
import { WasmEngine } from './engine';
import { compileKernels } from './module';

/** What the engine says after making room. A refusal is told in numbers: an error's class does not cross. */
export type Room =
	| { readonly tensors: number; readonly bytes: number }
	| { readonly needed: number; readonly available: number | null };

export class Thread {
	/** Once it is open. Called from outside through this thread; the mark is for the types of Comlink. */
	engine!: WasmEngine & Comlink.ProxyMarked;

	/**
	 * Answers when the thread has started and its kernels are compiled.
	 * @param lifeline the lock to hold for life
	 */
	async start(lifeline: string): Promise<void> {
		await holdLifeline(lifeline);
		await compileKernels();
	}

	async open(setups: readonly LaneSetup[]): Promise<Room> {
		this.engine = Comlink.proxy(await WasmEngine.create(setups));
		return this.engine.memory();
	}

	async prepare(images: number): Promise<Room> {
		try {
			await this.engine.prepare(images);
			return this.engine.memory();
		} catch (error) {
			if (!(error instanceof MemoryError)) throw error;
			const { needed, available } = error;
			return { needed, available };
		}
	}
}

Comlink.expose(new Thread());
