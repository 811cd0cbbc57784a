/**
 * Lanes on several processor cores: each worker holds some of them in an engine of its own. Lanes share nothing but
 * the batch, so this needs neither shared memory nor the headers that a page must be served with to have it, and
 * the numbers are the same bit for bit.
 */
import * as Comlink from 'comlink';
import type {
	Batch,
	Engine,
	Evaluation,
	LaneMetrics,
	LaneSetup,
	LaneState,
	Recipe
} from '../engine';
import { uniqueName, watchLifeline } from '../lifeline';
import { MemoryError } from '../memory';
import type { Parameter } from '$lib/network';
import { orderedState } from '../initialise';
import { compile, type Plan } from '../plan/plan';
import { WasmEngine } from './engine';
import type { Room, Thread } from './thread';

interface Running {
	readonly worker: Worker;
	readonly engine: Comlink.Remote<Thread>;
	/** Indices of its lanes among all. */
	readonly lanes: readonly number[];
	memory: { tensors: number; bytes: number };
}

/**
 * An engine on as many threads as there are lanes, or cores if those are fewer; on the calling one when that is
 * one, or when no worker can be started.
 * @param onLost called once when a thread has ended by itself; what was asked of the engine is never answered then
 * @throws UnplannedError when a network has an operation without a kernel
 * @throws Error when given weights do not fit a network
 */
export async function createWasmEngine(
	setups: readonly LaneSetup[],
	onLost: (detail: string) => void = () => {}
): Promise<Engine> {
	const count = Math.min(setups.length, globalThis.navigator?.hardwareConcurrency ?? 1);
	if (count < 2 || typeof Worker === 'undefined') return WasmEngine.create(setups);
	// What a thread would refuse is refused here, as what it is.
	const plans = setups.map(({ network }) => compile(network));
	const threads = Array.from({ length: count }, (_, thread) =>
		setups.flatMap((_, lane) => (lane % count === thread ? [lane] : []))
	);
	const engine = new ThreadedEngine(
		plans.map(({ network, norms }) => [network.parameters, norms] as const)
	);
	try {
		await engine.open(setups, threads, onLost);
		return engine;
	} catch (error) {
		engine.dispose();
		if (error instanceof NoThreadError) return WasmEngine.create(setups);
		throw error;
	}
}

/** A worker could not be started. */
class NoThreadError extends Error {}

class ThreadedEngine implements Engine {
	readonly backend = 'wasm';
	#threads: Running[] = [];
	/** Thread of each lane, and the lane's index there. */
	readonly #homes: { readonly thread: Running; readonly lane: number }[] = [];
	#images = 0;
	#disposed = false;
	/** Parameters and normalisations of each lane. */
	readonly #plans: readonly (readonly [readonly Parameter[], Plan['norms']])[];

	constructor(plans: readonly (readonly [readonly Parameter[], Plan['norms']])[]) {
		this.#plans = plans;
	}

	async open(
		setups: readonly LaneSetup[],
		lanesOf: readonly (readonly number[])[],
		onLost: (detail: string) => void
	): Promise<void> {
		this.#threads = await Promise.all(
			lanesOf.map(async (lanes) => {
				const worker = new Worker(new URL('./thread.ts', import.meta.url), {
					type: 'module',
					name: `lanes ${lanes.join(', ')}`
				});
				const failed = new Promise<never>((_, reject) => {
					worker.onerror = (event) => reject(new NoThreadError(event.message));
				});
				const engine = Comlink.wrap<Thread>(worker);
				const lifeline = uniqueName();
				const own = lanes.map((lane) => setups[lane]);
				try {
					const memory = roomFrom(await Promise.race([engine.open(own, lifeline), failed]));
					watchLifeline(lifeline, () => {
						if (!this.#disposed) onLost('a thread ended');
						this.#disposed = true;
					});
					return { worker, engine, lanes, memory };
				} catch (error) {
					worker.terminate();
					throw error;
				}
			})
		);
		for (const thread of this.#threads)
			thread.lanes.forEach((index, lane) => (this.#homes[index] = { thread, lane }));
	}

	async prepare(images: number): Promise<void> {
		if (images <= this.#images) return;
		this.#images = 0;
		await Promise.all(
			this.#threads.map(async (thread) => {
				thread.memory = roomFrom(await thread.engine.prepare(images));
			})
		);
		this.#images = images;
	}

	async step(
		batch: Batch,
		recipe: Recipe,
		active?: readonly boolean[]
	): Promise<(LaneMetrics | null)[]> {
		await this.prepare(batch.shape[0]);
		const told = new Array<LaneMetrics | null>(this.#homes.length).fill(null);
		await Promise.all(
			this.#threads.map(async ({ engine, lanes }) => {
				const own = lanes.map((lane) => active?.[lane] ?? true);
				if (!own.includes(true)) return;
				const metrics = await engine.step(batch, recipe, own);
				lanes.forEach((lane, i) => (told[lane] = metrics[i]));
			})
		);
		return told;
	}

	async logits(index: number, batch: Batch, training: boolean): Promise<Float32Array> {
		await this.prepare(batch.shape[0]);
		const { thread, lane } = this.#homes[index];
		return thread.engine.logits(lane, batch, training);
	}

	async evaluate(index: number, batches: readonly Batch[]): Promise<Evaluation> {
		const { thread, lane } = this.#homes[index];
		return thread.engine.evaluate(lane, batches);
	}

	setGate(index: number, block: number, gate: number): void {
		const { thread, lane } = this.#homes[index];
		void thread.engine.setGate(lane, block, gate);
	}

	async state(index: number): Promise<LaneState> {
		const { thread, lane } = this.#homes[index];
		return thread.engine.state(lane);
	}

	async load(index: number, state: LaneState): Promise<void> {
		const { thread, lane } = this.#homes[index];
		// An error's class does not cross: what a thread would refuse is refused here.
		orderedState(state, ...this.#plans[index]);
		await thread.engine.load(lane, state);
	}

	memory(): { tensors: number; bytes: number } {
		const sum = (of: 'tensors' | 'bytes') =>
			this.#threads.reduce((total, { memory }) => total + memory[of], 0);
		return { tensors: sum('tensors'), bytes: sum('bytes') };
	}

	dispose(): void {
		this.#disposed = true;
		for (const { worker } of this.#threads) worker.terminate();
	}
}

function roomFrom(room: Room): { tensors: number; bytes: number } {
	if ('needed' in room) throw new MemoryError(room.needed, room.available);
	return room;
}
