/** Entry of a worker that holds some lanes of a `ThreadedEngine`: an ordinary engine behind Comlink. */
import * as Comlink from 'comlink';
import type { LaneSetup } from '../engine';
import { holdLifeline } from '$lib/base/lifeline';
import { MemoryError } from '../memory';
import { WasmEngine } from './engine';
import { compileKernels } from './module';

/** The answer to `prepare`. A refusal is a value with numbers, because an error loses its class between workers. */
export type Room =
	| { readonly tensors: number; readonly bytes: number }
	| { readonly needed: number; readonly available: number | null };

export class Thread {
	/** The engine, once it is open. Comlink passes calls to it; the mark is for Comlink's types. */
	engine!: WasmEngine & Comlink.ProxyMarked;

	/**
	 * Resolves when the thread has started and compiled its kernels.
	 * @param lifeline name of the lock to hold for life
	 */
	async start(lifeline: string): Promise<void> {
		await holdLifeline(lifeline);
		await compileKernels();
	}

	/** @param cores how many may compute each lane together */
	async open(setups: readonly LaneSetup[], cores: number): Promise<Room> {
		// Without one of its own threads, this one is as good as ended.
		const engine = await WasmEngine.create(setups, cores, () => globalThis.close());
		this.engine = Comlink.proxy(engine);
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
