/** Runs in the browser for the measurements: starts contenders and times their steps. */
import { BackendError, initialParameters, openBackend, type BackendName } from '$lib/engine';
import type { Contender, Start } from './contender';
import { startJax } from './jax';
import { makeTimeable, timeKernels, type TimedCall } from './kernelTimes';
import { countLaunches } from './launches';
import {
	startAlone,
	startOurs,
	startPair,
	startPairTogether,
	startWithHistograms,
	startWithoutProbes
} from './ours';
import { timestamps, type TimedDispatch } from './timestamps';
import { startTape } from './tape';
import { RECIPE, SEED, workOf } from './works';

const STARTS: Record<string, Start> = {
	ours: startOurs,
	'without-probes': startWithoutProbes,
	'with-histograms': startWithHistograms,
	alone: startAlone,
	pair: startPair,
	'pair-together': startPairTogether,
	tfjs: startTape,
	'jax-js': startJax
};

/** Running contenders, by contender and work. */
const running = new Map<string, Contender>();
const keyOf = (contender: string, work: string) => `${contender} ${work}`;

/** The result of a contender's first steps, or the reason why it cannot take part. */
export type Started = { losses: number[]; launches: number | null } | { reason: string };

/** Opens a backend; returns the device it computes on, or null for the CPU. */
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
 * Makes a contender's first steps: one that compiles, one whose launches are counted, one more to be warm. Does not
 * return the third loss, because at depth 56 each step amplifies rounding differences about a hundredfold.
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

/** Times one more step, in milliseconds. */
async function time(contender: string, work: string): Promise<number> {
	const started = performance.now();
	await running.get(keyOf(contender, work))!.step();
	return performance.now() - started;
}

/** Times every dispatch of one more step on webgpu, on the device. */
const timeDispatches = (contender: string, work: string): Promise<TimedDispatch[]> =>
	timestamps(() => running.get(keyOf(contender, work))!.step());

/** Times every call of a kernel in one more step on wasm; only after `makeTimeable`. */
const timeCalls = (contender: string, work: string): Promise<TimedCall[]> =>
	timeKernels(() => running.get(keyOf(contender, work))!.step());

/** Everything about a work that a contender outside the browser needs, as JSON. */
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

Object.assign(globalThis, { open, start, time, timeDispatches, makeTimeable, timeCalls, describe });
