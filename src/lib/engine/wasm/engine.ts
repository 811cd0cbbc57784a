/** The engine on kernels of our own, compiled to WebAssembly: for machines without a graphics card. */
import type { Batch } from '$lib/base/image';
import type { LaneSetup, NotFinite } from '../engine';
import { MemoryError } from '../memory';
import { compile } from '../plan/compile';
import { PlannedEngine } from '../planned';
import type { Plan } from '../plan/plan';
import { WasmLane } from './lane';
import { CountingModule, loadModule, MOST, type WasmModule } from './module';
import { MapPool } from './places';

/** Bytes that plans take in one module, whose `threads` compute each lane together. */
export function bytesOf(plans: readonly Plan[], images: number, threads = 1): number {
	const module = new CountingModule(threads);
	const lanes = plans.map((plan) => {
		const { network, parameters } = plan.network;
		const weights = new Map(parameters.map(({ name, size }) => [name, new Float32Array(size)]));
		return new WasmLane({ network, seed: 0, weights }, plan, module);
	});
	const pool = new MapPool(module, images);
	for (const lane of lanes) lane.layOut(pool);
	return module.used.bytes;
}

export class WasmEngine extends PlannedEngine<WasmLane, MapPool> {
	readonly backend = 'wasm';
	readonly #module: WasmModule;
	/** Memory used before the maps, which depend on the batch, were allocated. */
	readonly #lasting: WasmModule['used'];

	private constructor(module: WasmModule, lanes: readonly WasmLane[]) {
		super(lanes);
		this.#module = module;
		this.#lasting = module.used;
	}

	/**
	 * @param threads how many cores may compute each lane together, and what to do if a thread ends; one core when absent
	 * @throws UnplannedError if our kernels lack an operation of a network
	 * @throws RangeError if given weights do not fit a network
	 */
	static async create(
		setups: readonly LaneSetup[],
		...threads: Parameters<typeof loadModule>
	): Promise<WasmEngine> {
		const plans = setups.map(({ network }) => compile(network));
		const module = await loadModule(...threads);
		return new WasmEngine(
			module,
			setups.map((setup, i) => new WasmLane(setup, plans[i], module))
		);
	}

	bytesFor(images: number): number {
		return bytesOf(
			this.lanes.map(({ plan }) => plan),
			images,
			this.#module.threads
		);
	}

	/** See `WasmLane.firstNotFinite`. */
	async firstNotFinite(lane: number, batch: Batch): Promise<NotFinite | null> {
		await this.prepare(batch.shape[0]);
		this.pool?.upload(batch);
		return this.lanes[lane].firstNotFinite(batch);
	}

	memory(): { tensors: number; bytes: number } {
		const { allocations, bytes } = this.#module.used;
		return { tensors: allocations, bytes };
	}

	dispose(): void {
		this.#module.dispose();
	}

	protected layOut(images: number): void {
		const needed = this.bytesFor(images);
		if (needed > MOST) throw new MemoryError(needed, MOST);
		this.#module.release(this.#lasting);
		const pool = (this.pool = new MapPool(this.#module, images));
		for (const lane of this.lanes) lane.layOut(pool);
	}
}
