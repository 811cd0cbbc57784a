/** The app's engine as the lab uses it: a step reads back the loss, the error and every norm. */
import type { Batch } from '$lib/base/image';
import { createEngine, type Engine, type LaneSetup } from '$lib/engine';
import { WasmEngine } from '$lib/engine/wasm/engine';
import type { Contender, Start } from './contender';
import { RECIPE, SEED, type Work } from './works';

export const startOurs: Start = ({ network, batch }, backend) =>
	startEngine(createEngine(backend, [{ network, seed: SEED }]), batch);

/** The engine without norms and standard deviations, to measure their cost. */
export const startWithoutProbes: Start = ({ network, batch }, backend) =>
	startEngine(createEngine(backend, [{ network, seed: SEED, probes: false }]), batch);

/** The engine that counts histograms in every step, to measure their cost. */
export const startWithHistograms: Start = ({ network, batch }, backend) =>
	startEngine(createEngine(backend, [{ network, seed: SEED }]), batch, true);

/** One lane on one thread, however many cores there are. */
export const startAlone: Start = ({ network, batch }) =>
	startEngine(WasmEngine.create([{ network, seed: SEED }]), batch);

/** Two lanes, as in a comparison in the lab. */
const pairOf = ({ network }: Work): LaneSetup[] => [1, 2].map((seed) => ({ network, seed }));

/** A pair as the lab trains it: on wasm with a thread for each lane. */
export const startPair: Start = (work, backend) =>
	startEngine(createEngine(backend, pairOf(work)), work.batch);

/** A pair on one thread. */
export const startPairTogether: Start = (work) =>
	startEngine(WasmEngine.create(pairOf(work)), work.batch);

async function startEngine(
	starting: Promise<Engine>,
	batch: Batch,
	histograms = false
): Promise<Contender> {
	const engine = await starting;
	return {
		async step() {
			const [metrics] = await engine.step(batch, RECIPE, [true, true], histograms);
			return metrics!.loss;
		},
		dispose: () => engine.dispose()
	};
}
