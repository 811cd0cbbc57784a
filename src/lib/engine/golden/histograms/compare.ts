/** Compares an engine's histograms of the first step of golden files with those that PyTorch counts in float64. */
import { entry } from '$lib/base/entry';
import { analyse, type AnalysedNetwork } from '$lib/network';
import {
	BINS,
	binsAt,
	HISTOGRAMS,
	ZERO_BIN,
	type Engine,
	type HistogramName,
	type LaneSetup
} from '../../engine';
import { countValues } from '../../histogram';
import { goldenBatch, laneSetup } from '../golden';
import { parseGolden } from '../parse';
import expected from './expected.json';

interface Counted {
	readonly zeros: number;
	/** Exponent, and the numbers of negative and positive values. */
	readonly bins: readonly (readonly number[])[];
}
type Layers = readonly { readonly [Name in HistogramName]?: Counted }[];

const FILES = import.meta.glob<object>('../*.json', { import: 'default' });
export const HISTOGRAM_CASES = Object.keys(expected);

/**
 * Share of a layer's values that may lie beyond another edge than PyTorch's. Rounding takes a value over an edge if it is
 * close to one: of the 36 weights of the smallest kernel here one update is, which is 0.028, because an update is the
 * difference of two rounded weights. The maps of another node differ by 0.05 to 0.97.
 */
export const TOLERATED = 0.03;

interface Comparison {
	/** Values counted by the engine and by PyTorch, by quantity. */
	readonly counted: Record<HistogramName, readonly [ours: number, torch: number]>;
	/**
	 * Largest difference of the shares of values up to any bin's edge, over all layers, by quantity: values whose rounding
	 * takes them over an edge move to the neighbour and are counted once.
	 */
	readonly largest: Record<HistogramName, number>;
	/** Whether the counts of weights and updates are exactly those of the states before and after the step. */
	readonly exact: boolean;
}

export async function compareHistograms(
	name: string,
	createEngine: (setups: LaneSetup[]) => Promise<Engine>
): Promise<Comparison> {
	const golden = parseGolden(await FILES[`../${name}.json`]());
	const network = analyse(golden.network);
	const batch = goldenBatch(golden);
	const engine = await createEngine([laneSetup(golden, network)]);
	try {
		const before = await kernelsOf(engine, network);
		const [step] = await engine.step(batch, { ...golden.recipe, step: 1 }, [true], true);
		const found = step?.histograms;
		if (!found) throw new Error('the engine counted nothing');
		const after = await kernelsOf(engine, network);
		const layers = (expected as unknown as Record<string, Layers>)[name];
		const of = <T>(measure: (what: HistogramName) => T) =>
			Object.fromEntries(HISTOGRAMS.map((what) => [what, measure(what)])) as Record<
				HistogramName,
				T
			>;
		const both = (what: HistogramName) =>
			layers.map((own, layer) => {
				const at = binsAt(what, layer, layers.length);
				return [inOrder(found.subarray(at, at + BINS)), inOrder(binsOf(own[what]))] as const;
			});
		return {
			counted: of((what) => {
				const totals = both(what).map((pair) => pair.map((bins) => sum(bins)));
				return [sum(totals.map(([ours]) => ours)), sum(totals.map(([, torch]) => torch))];
			}),
			largest: of((what) =>
				Math.max(...both(what).map(([ours, torch]) => difference(ours, torch)))
			),
			exact: before.every((values, layer) => {
				const update = after[layer].map((value, i) => value - values[i]);
				return (
					same(found, binsAt('weight', layer, layers.length), values) &&
					same(found, binsAt('update', layer, layers.length), update)
				);
			})
		};
	} finally {
		engine.dispose();
	}
}

async function kernelsOf(engine: Engine, { layers, parameters }: AnalysedNetwork) {
	const state = await engine.state(0);
	return layers.map(({ kernel }) => entry(state.parameters, parameters[kernel].name));
}

function same(found: Uint32Array, at: number, values: Float32Array): boolean {
	const own = new Uint32Array(BINS);
	countValues(own, 0, values);
	return own.every((count, bin) => count === found[at + bin]);
}

function binsOf(counted?: Counted): Uint32Array {
	const bins = new Uint32Array(BINS);
	if (!counted) return bins;
	bins[ZERO_BIN] = counted.zeros;
	for (const [exponent, negative, positive] of counted.bins) {
		// What a 32-bit float cannot hold is zero or subnormal there.
		const biased = Math.max(0, exponent + 127);
		bins[biased] += positive;
		bins[biased + 256] += negative;
	}
	return bins;
}

/** Counts from the most negative value to the largest. */
const inOrder = (bins: Uint32Array): number[] => [
	...[...bins.subarray(256, 512)].reverse(),
	bins[ZERO_BIN],
	...bins.subarray(0, 256)
];

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

function difference(ours: readonly number[], torch: readonly number[]): number {
	const total = sum(torch) || 1;
	let [largest, ahead] = [0, 0];
	for (const [i, count] of ours.entries()) {
		ahead += count - torch[i];
		largest = Math.max(largest, Math.abs(ahead) / total);
	}
	return largest;
}
