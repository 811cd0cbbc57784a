/** Runs in the browser for `bench/memory.mjs`: trains a mixed set of networks, with all that the lab does in between. */
import type { Batch } from '$lib/base/image';
import { createEngine, nodeOutputs, openBackend, type BackendName, type Engine } from '$lib/engine';
import type { Backend } from '$lib/engine';
import { WasmEngine } from '$lib/engine/wasm/engine';
import { networkOf, parseName } from '$lib/network';
import { batchOf, RECIPE, SEED } from './works';

/** Steps between two evaluations, each with a snapshot. */
const EVERY = 50;

let backend: Backend;
let engine: Engine;
let setups: ReturnType<typeof setupOf>[];
let batch: Batch;
let step = 0;

const setupOf = (name: string) => ({ network: networkOf(parseName(name)), seed: SEED });

/** @returns the device it computes on, or null for the CPU, and the bytes told before */
async function begin(name: BackendName, names: readonly string[], count: number) {
	backend = await openBackend(name);
	setups = names.map(setupOf);
	// All lanes on the page's thread, so that its heap is the only one.
	engine = await (name === 'wasm' ? WasmEngine.create(setups) : createEngine(backend, setups));
	const [size, , channels] = setups[0].network.input;
	batch = batchOf({ count, size, channels });
	const told = engine.bytesFor(count);
	await engine.prepare(count);
	return { adapter: backend.device, told };
}

/** Trains until a step, two steps in flight; evaluates, takes and loads snapshots, cuts shortcuts and looks inside. */
async function trainUntil(end: number): Promise<{ tensors: number; bytes: number }> {
	let last: Promise<unknown> = Promise.resolve();
	while (step < end) {
		const made = engine.step(batch, { ...RECIPE, step: ++step });
		await last;
		last = made;
		if (step % EVERY) continue;
		await last;
		for (const lane of setups.keys()) {
			await engine.evaluate(lane, [batch, batch]);
			engine.setGate(lane, 0, (step / EVERY) % 2);
		}
		const states = await Promise.all(setups.map((_, lane) => engine.state(lane)));
		await engine.load(0, states[0]);
		const [setup] = setups;
		const node = setup.network.nodes[1].id;
		await nodeOutputs(backend, { ...setup, state: states[0] }, batch, [node]);
	}
	await last;
	return engine.memory();
}

Object.assign(globalThis, { begin, trainUntil });
