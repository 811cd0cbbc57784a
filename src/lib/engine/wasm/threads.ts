/**
 * Trains lanes on several CPU cores: each worker holds some of them in its own engine. Lanes share only the batch, so
 * this needs neither shared memory nor the HTTP headers that it requires, and the results are bit-identical. A worker
 * gets a batch's pixels once, which are fewer bytes than their layout, and lays them out for all its lanes. If there are
 * more cores than lanes, several compute each lane together (`team.ts`).
 */
import { uniqueName } from '$lib/base/uniqueName';
import type { Batch } from '$lib/base/image';
import * as Comlink from 'comlink';
import type { Engine, Evaluation, LaneSetup, LaneState, LaneStep, Recipe } from '../engine';
import { watchLifeline } from '$lib/base/lifeline';
import { MemoryError } from '../memory';
import { within } from '$lib/base/patience';
import { orderedState } from '../initialise';
import { compile } from '../plan/compile';
import type { Plan } from '../plan/plan';
import { bytesOf, WasmEngine } from './engine';
import { threadsFor } from './team';
import type { Room, Thread as ThreadApi } from './thread';

/** A started worker, with Comlink's proxy to it. */
interface Thread {
	readonly worker: Worker;
	readonly remote: Comlink.Remote<ThreadApi>;
	readonly lifeline: string;
}

interface Running extends Thread {
	/** Indices of its lanes in the whole engine. */
	readonly lanes: readonly number[];
	memory: { tensors: number; bytes: number };
}

/** Milliseconds within which a thread must start; otherwise the others take its lanes. */
const STARTS_WITHIN_MS = 20_000;

/** @throws ErrorEvent or TimeoutError if it does not start */
async function startThread(number: number): Promise<Thread> {
	const worker = new Worker(new URL('./thread.ts', import.meta.url), {
		type: 'module',
		name: `thread ${number}`
	});
	const failed = new Promise<never>((_, reject) => (worker.onerror = reject));
	const remote = Comlink.wrap<ThreadApi>(worker);
	const lifeline = uniqueName();
	try {
		const started = Promise.race([remote.start(lifeline), failed]);
		await within(started, STARTS_WITHIN_MS, `thread ${number}`);
	} catch (error) {
		worker.terminate();
		throw error;
	}
	return { worker, remote, lifeline };
}

/**
 * Creates an engine with one thread per lane, up to the number of cores; cores that are left help each lane in equal
 * numbers. It uses the calling thread if that makes one, or if fewer than two workers start.
 * @param onLost called once if a thread ends by itself; pending calls are then never answered, or throw
 * @throws UnplannedError if our kernels lack an operation of a network
 * @throws Error if given weights do not fit a network
 */
export async function createWasmEngine(
	setups: readonly LaneSetup[],
	onLost: (detail: string) => void = () => {}
): Promise<Engine> {
	const cores = globalThis.navigator?.hardwareConcurrency ?? 1;
	const count = Math.min(setups.length, cores);
	const coresEach = Math.floor(cores / count);
	if (count < 2 || typeof Worker === 'undefined')
		return WasmEngine.create(setups, coresEach, onLost);
	// Check here what a thread would reject, so that the error keeps its class.
	const plans = setups.map(({ network }) => compile(network));
	const tried = await Promise.allSettled(Array.from({ length: count }, (_, i) => startThread(i)));
	const threads = tried.flatMap((thread) => (thread.status === 'fulfilled' ? thread.value : []));
	if (threads.length < 2) {
		for (const { worker } of threads) worker.terminate();
		return WasmEngine.create(setups, 1, onLost);
	}
	const engine = new ThreadedEngine(plans, threadsFor(coresEach));
	try {
		await engine.open(setups, threads, onLost);
		return engine;
	} catch (error) {
		engine.dispose();
		throw error;
	}
}

class ThreadedEngine implements Engine {
	readonly backend = 'wasm';
	readonly reference = null;
	#threads: Running[] = [];
	/** For each lane, its thread and its index there. */
	readonly #homes: { readonly thread: Running; readonly lane: number }[] = [];
	#images = 0;
	#disposed = false;
	readonly #plans: readonly Plan[];

	/** How many threads compute each lane together. */
	readonly #together: number;

	constructor(plans: readonly Plan[], together: number) {
		this.#plans = plans;
		this.#together = together;
	}

	/** Distributes the lanes over the threads and builds them there. */
	async open(
		setups: readonly LaneSetup[],
		threads: readonly Thread[],
		onLost: (detail: string) => void
	): Promise<void> {
		this.#threads = threads.map((thread, at) => ({
			...thread,
			lanes: [...setups.keys()].filter((lane) => lane % threads.length === at),
			memory: { tensors: 0, bytes: 0 }
		}));
		for (const thread of this.#threads) {
			watchLifeline(thread.lifeline, () => {
				if (!this.#disposed) onLost('a thread ended');
				this.#disposed = true;
			});
			thread.lanes.forEach((index, lane) => (this.#homes[index] = { thread, lane }));
		}
		await Promise.all(
			this.#threads.map(async (thread) => {
				thread.memory = roomFrom(
					await thread.remote.open(
						thread.lanes.map((i) => setups[i]),
						this.#together
					)
				);
			})
		);
	}

	/** Only lanes of one thread share maps. */
	bytesFor(images: number): number {
		return this.#threads.reduce((sum, { lanes }) => {
			const plans = lanes.map((lane) => this.#plans[lane]);
			return sum + bytesOf(plans, images, this.#together);
		}, 0);
	}

	async prepare(images: number): Promise<void> {
		if (images <= this.#images) return;
		this.#images = 0;
		await Promise.all(
			this.#threads.map(async (thread) => {
				thread.memory = roomFrom(await thread.remote.prepare(images));
			})
		);
		this.#images = images;
	}

	async step(
		batch: Batch,
		recipe: Recipe,
		active?: readonly boolean[],
		histograms = false
	): Promise<(LaneStep | null)[]> {
		await this.prepare(batch.shape[0]);
		const told = new Array<LaneStep | null>(this.#homes.length).fill(null);
		await Promise.all(
			this.#threads.map(async ({ remote, lanes }) => {
				const own = lanes.map((lane) => active?.[lane] ?? true);
				if (!own.includes(true)) return;
				const metrics = await remote.engine.step(batch, recipe, own, histograms);
				lanes.forEach((lane, i) => (told[lane] = metrics[i]));
			})
		);
		return told;
	}

	async logits(index: number, batch: Batch, training: boolean): Promise<Float32Array> {
		await this.prepare(batch.shape[0]);
		const { thread, lane } = this.#homes[index];
		return thread.remote.engine.logits(lane, batch, training);
	}

	async evaluate(index: number, batches: readonly Batch[]): Promise<Evaluation> {
		const { thread, lane } = this.#homes[index];
		return thread.remote.engine.evaluate(lane, batches);
	}

	setGate(index: number, block: number, gate: number): void {
		const { thread, lane } = this.#homes[index];
		void thread.remote.engine.setGate(lane, block, gate);
	}

	async state(index: number): Promise<LaneState> {
		const { thread, lane } = this.#homes[index];
		return thread.remote.engine.state(lane);
	}

	async load(index: number, state: LaneState): Promise<void> {
		const { thread, lane } = this.#homes[index];
		// Check here what a thread would reject, because the error would lose its class.
		const { network, norms } = this.#plans[index];
		orderedState(state, network.parameters, norms);
		await thread.remote.engine.load(lane, state);
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
