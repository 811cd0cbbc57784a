/** The layout of a lane's metrics in device memory, and how to read them. */
import type { LaneMetrics } from './engine';
import type { Plan } from './plan/plan';

/** Positions of the numbers of one kind: the i-th is at `first` + i · `stride`. */
export interface Row {
	readonly first: number;
	readonly stride: number;
}

/** Positions of all metrics. Loss and share of wrong answers are the first two numbers; the others are in rows. */
export type MetricPlaces = {
	readonly [Name in Exclude<keyof LaneMetrics, 'loss' | 'trainingError'>]: Row;
};

export const numberAt = ({ first, stride }: Row, i: number) => first + i * stride;

/**
 * Assigns positions; each kind begins a new row.
 * @param row numbers per row
 * @param stride distance between norms of parameters and of layers
 * @param apart distance between the metrics of blocks, and of layers' maps
 */
export function placeMetrics(
	{ network: { parameters, layers, blocks } }: Plan,
	row: number,
	stride: number,
	apart: number
) {
	let count = row;
	const place = ({ length }: readonly unknown[], stride: number): Row => {
		const first = count;
		count += Math.ceil((length * stride) / row) * row;
		return { first, stride };
	};
	const ofBlocks = place(blocks, apart);
	const places: MetricPlaces = {
		gradientNorms: place(parameters, stride),
		weightNorms: place(layers, stride),
		updateNorms: place(layers, stride),
		blockOutputGradientNorms: ofBlocks,
		// One shader writes both numbers.
		blockOutputStd: { ...ofBlocks, first: ofBlocks.first + 1 },
		deadShares: place(layers, apart)
	};
	return { places, count };
}

/** @param numbers all numbers that the device has written in a step */
export function metricsFrom(
	numbers: Float32Array,
	places: MetricPlaces,
	{ network: { parameters, layers, blocks }, forward }: Plan
): LaneMetrics {
	const relus = new Set(
		forward.map((op) => (op.kind === 'combine' && op.activation === 'relu' ? op.layer : null))
	);
	const row = (name: keyof MetricPlaces, of: readonly unknown[]) =>
		Float32Array.from(of, (_, i) => numbers[numberAt(places[name], i)]);
	return {
		loss: numbers[0],
		trainingError: numbers[1],
		gradientNorms: row('gradientNorms', parameters),
		weightNorms: row('weightNorms', layers),
		updateNorms: row('updateNorms', layers),
		deadShares: row('deadShares', layers).map((share, i) => (relus.has(i) ? share : NaN)),
		blockOutputGradientNorms: row('blockOutputGradientNorms', blocks),
		blockOutputStd: row('blockOutputStd', blocks)
	};
}
