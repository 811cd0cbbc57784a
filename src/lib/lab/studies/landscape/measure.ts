/**
 * Measures the loss around trained weights, on a plane through them (Li, Xu, Taylor, Studer and Goldstein 2018). The
 * directions are random, and filter-normalised so that networks can be compared (§4 there).
 */
import { entry } from '$lib/base/entry';
import type { Batch } from '$lib/base/image';
import { range } from 'd3';
import {
	createEngine,
	normalDraws,
	type Backend,
	type LaneSetup,
	type LaneState
} from '$lib/engine';
import { analyse, type Parameter } from '$lib/network';
import { makeBatch } from '$lib/data';
import type { Measurement, Told } from '../measurement';
import { GRIDS, LANDSCAPE_IMAGES, type LandscapeRecord, type LandscapeSpec } from './record';

/** Images that are passed through the networks at once. */
const BATCH = 100;

export const measureLandscapes: Measurement<LandscapeSpec, LandscapeRecord> = {
	async measure({ backend, step, set, halve, active, copyOf }, spec, told) {
		await set.ready('train', LANDSCAPE_IMAGES);
		const batches = range(0, LANDSCAPE_IMAGES, BATCH).map((first) =>
			makeBatch(set, range(first, Math.min(LANDSCAPE_IMAGES, first + BATCH)), {
				halve,
				augment: null
			})
		);
		// A network that has stopped has no surroundings to look at.
		const lanes = [...active.keys()].filter((lane) => active[lane]);
		const setups = await Promise.all(
			lanes.map(async (lane) => ({ lane, setup: await copyOf(lane) }))
		);
		if (setups.length) await landscapesOf(backend, spec, step, setups, batches, told);
	}
};

/**
 * Two directions by parameter name. Each filter's draws are scaled to the norm of that filter of the weights; biases,
 * gammas and betas stay as they are.
 */
export function planeDirections(
	parameters: readonly Parameter[],
	weights: ReadonlyMap<string, Float32Array>,
	seed: number
): [ReadonlyMap<string, Float32Array>, ReadonlyMap<string, Float32Array>] {
	const kernels = parameters.filter(({ role }) => role === 'kernel');
	const direction = (which: number) =>
		new Map(
			kernels.map(({ name, size, shape }) => {
				const draws = Float32Array.from(
					{ length: size },
					normalDraws(seed, `${name}/landscape${which}`, 1)
				);
				return [
					name,
					filterNormalised(draws, entry(weights, name), shape[shape.length - 1])
				] as const;
			})
		);
	return [direction(0), direction(1)];
}

/** The draws with the norm of each filter, whose numbers lie `filters` apart, made the one of the weights. */
function filterNormalised(
	draws: Float32Array,
	weights: Float32Array,
	filters: number
): Float32Array {
	const scales = range(filters).map((filter) => {
		let drawn = 0;
		let given = 0;
		for (let i = filter; i < draws.length; i += filters) {
			drawn += draws[i] ** 2;
			given += weights[i] ** 2;
		}
		return Math.sqrt(given / (drawn || 1));
	});
	return draws.map((value, i) => value * scales[i % filters]);
}

/** Points of a grid that are not among those of the grid before it, `[row, column]` in the grid's own numbers. */
export function newPoints(size: number, before: number | null): [row: number, column: number][] {
	const known = (i: number) => before !== null && i % ((size - 1) / (before - 1)) === 0;
	return range(size).flatMap((row) =>
		range(size).flatMap((column): [number, number][] =>
			known(row) && known(column) ? [] : [[row, column]]
		)
	);
}

/**
 * Measures grid after grid. The lanes' weights stay as they are: an engine of its own is used.
 * @param setups with the states that training has come to, and the index of each lane
 * @param batches of training images, taken together
 * @param told every lane's record when a grid is complete; points measured so far, of how many; aborted, it ends before the
 * next point with the grids that are complete
 * @throws MemoryError when there is no room for second networks beside the ones in training
 */
export async function landscapesOf(
	backend: Backend,
	{ seed, span, finest }: LandscapeSpec,
	step: number,
	setups: readonly { readonly lane: number; readonly setup: LaneSetup & { state: LaneState } }[],
	batches: readonly Batch[],
	{ found, progress, signal }: Told<LandscapeRecord>
): Promise<void> {
	const grids = GRIDS.filter((size) => size <= finest);
	const engine = await createEngine(
		backend,
		setups.map(({ setup }) => setup)
	);
	const planes = setups.map(({ setup: { network, state } }) =>
		planeDirections(analyse(network).parameters, state.parameters, seed)
	);
	const of = grids[grids.length - 1] ** 2;
	let done = 0;
	let images = 0;
	/** By lane, of the last complete grid. */
	let known: number[][] = setups.map(() => []);
	let before: number | null = null;
	try {
		for (const size of grids) {
			const losses = setups.map((_, i) => spreadOut(known[i], before, size));
			for (const [row, column] of newPoints(size, before)) {
				if (signal.aborted) return;
				progress(done++, of);
				const [a, b] = [column, row].map((at) => span * ((2 * at) / (size - 1) - 1));
				await Promise.all(
					setups.map(async ({ setup }, i) => {
						await engine.load(i, moved(setup.state, planes[i], a, b));
						const evaluation = await engine.evaluate(i, batches);
						images = evaluation.images;
						losses[i][row * size + column] = Number(evaluation.loss.toPrecision(5));
					})
				);
			}
			known = losses;
			before = size;
			for (const [i, { lane }] of setups.entries())
				found({ step, lane, seed, span, images, size, losses: losses[i] });
		}
		progress(of, of);
	} finally {
		engine.dispose();
	}
}

/** The losses of a grid in their places of a finer one; the other places are NaN. */
function spreadOut(losses: readonly number[], before: number | null, size: number): number[] {
	const out = new Array<number>(size * size).fill(NaN);
	if (before === null) return out;
	const stride = (size - 1) / (before - 1);
	losses.forEach((loss, i) => {
		const [row, column] = [Math.floor(i / before), i % before];
		out[row * stride * size + column * stride] = loss;
	});
	return out;
}

/** θ + a d₁ + b d₂. */
function moved(
	state: LaneState,
	[first, second]: ReturnType<typeof planeDirections>,
	a: number,
	b: number
): LaneState {
	const parameters = new Map(state.parameters);
	for (const [name, d] of first) {
		const e = entry(second, name);
		parameters.set(
			name,
			entry(state.parameters, name).map((weight, i) => weight + a * d[i] + b * e[i])
		);
	}
	return { ...state, parameters };
}
