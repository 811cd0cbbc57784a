/** Runs in the browser for the measurements: starts contenders and times their steps. */
import { BackendError, initialParameters, openBackend, type BackendName } from '$lib/engine';
import type { Contender, Start } from './contender';
import { startJax } from './jax';
import { countLaunches } from './launches';
import { startOurs, startPair, startPairTogether, startWithoutProbes } from './ours';
import { timestamps, type TimedDispatch } from './timestamps';
import { startTape } from './tape';
import { RECIPE, SEED, workOf } from './works';

const STARTS: Record<string, Start> = {
	ours: startOurs,
	'without-probes': startWithoutProbes,
	pair: startPair,
	'pair-together': startPairTogether,
	tfjs: startTape,
	'jax-js': startJax
};

/** By contender and work. */
const running = new Map<string, Contender>();
const keyOf = (contender: string, work: string) => `${contender} ${work}`;

/** What the first steps of a contender tell, or why it takes no part. */
export type Started = { losses: number[]; launches: number | null } | { reason: string };

/** Opens a backend; says what computes there, null when that is the processor. */
async function open(
	backend: BackendName
): Promise<{ adapter: string | null } | { reason: string }> {
	try {
		return { adapter: (await openBackend(backend)).device };
	} catch (error) {
		if (error instanceof BackendError) return { reason: error.message };
		throw error;
	}
}

/**
 * Makes a contender's first steps: one that compiles, one whose launches are counted, one more to be warm. The
 * third loss is not told: at depth 56 a step multiplies differences of rounding by about a hundred.
 */
async function start(contender: string, work: string, backend: BackendName): Promise<Started> {
	const key = keyOf(contender, work);
	try {
		const started = await STARTS[contender](workOf(work), await openBackend(backend));
		running.set(key, started);
		const losses = [await started.step()];
		const launches = await countLaunches(backend, async () => losses.push(await started.step()));
		await started.step();
		return { losses, launches };
	} catch (error) {
		running.delete(key);
		return { reason: error instanceof Error ? error.message : String(error) };
	}
}

/** Milliseconds of one more step. */
async function time(contender: string, work: string): Promise<number> {
	const started = performance.now();
	await running.get(keyOf(contender, work))!.step();
	return performance.now() - started;
}

/** Every dispatch of one more step on webgpu, timed on the device. */
const timeDispatches = (contender: string, work: string): Promise<TimedDispatch[]> =>
	timestamps(() => running.get(keyOf(contender, work))!.step());

/** All that a contender outside the browser needs for a work, as JSON. */
function describe(work: string): string {
	const { network, batch } = workOf(work);
	return JSON.stringify({
		nodes: network.nodes,
		shape: batch.shape,
		images: [...batch.images],
		labels: [...batch.labels],
		recipe: RECIPE,
		weights: Object.fromEntries(
			[...initialParameters(network, SEED)].map(([name, values]) => [name, [...values]])
		)
	});
}

Object.assign(globalThis, { open, start, time, timeDispatches, describe });
