/**
 * Measures the loss around trained weights, on a plane through them (Li, Xu, Taylor, Studer and Goldstein 2018). The
 * directions are random and filter-normalised, so that networks can be compared (§4 of that paper).
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

/** Number of images per forward pass. */
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
		// A network that has stopped has no finite loss to map.
		const lanes = [...active.keys()].filter((lane) => active[lane]);
		const setups = await Promise.all(
			lanes.map(async (lane) => ({ lane, setup: await copyOf(lane) }))
		);
		if (setups.length) await landscapesOf(backend, spec, step, setups, batches, told);
	}
};

/**
 * Two random directions by parameter name. Each filter of a direction is scaled to the norm of the same filter of the
 * weights; the directions have no part in biases, gammas and betas, which stay unchanged.
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

/** Scales each filter of the draws to the norm of the same filter of the weights. The numbers of a filter lie `filters` apart. */
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

/** Points of a grid that the previous, coarser grid lacks, as `[row, column]` of the finer grid. */
export function newPoints(size: number, before: number | null): [row: number, column: number][] {
	const known = (i: number) => before !== null && i % ((size - 1) / (before - 1)) === 0;
	return range(size).flatMap((row) =>
		range(size).flatMap((column): [number, number][] =>
			known(row) && known(column) ? [] : [[row, column]]
		)
	);
}

/**
 * Measures one grid after another on an engine of its own, so that the lanes' weights stay unchanged.
 * @param setups the present state and the index of each lane
 * @param batches batches of training images; the loss is their mean
 * @param told gets every lane's record when a grid is complete, and the number of points measured and in total; when
 * aborted, the function returns before the next point and keeps the complete grids
 * @throws MemoryError if a second copy of the networks does not fit into memory
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
	/** For each lane, the losses of the last complete grid. */
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

/** Puts the losses of a grid into their places in a finer grid; all other places are NaN. */
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
