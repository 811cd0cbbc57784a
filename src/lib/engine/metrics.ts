/** Where a device writes what a step tells of a lane, and how that is read. */
import type { LaneMetrics } from './engine';
import type { Plan } from './plan/plan';

/** Where numbers of one kind lie: the i-th is number `first` + i · `stride`. */
export interface Row {
	readonly first: number;
	readonly stride: number;
}

/** Loss and share of wrong answers are the first two numbers; the others lie in rows. */
export type MetricPlaces = {
	readonly [Name in Exclude<keyof LaneMetrics, 'loss' | 'trainingError'>]: Row;
};

export const numberAt = ({ first, stride }: Row, i: number) => first + i * stride;

/**
 * Gives each a place, those of a kind from a new row on.
 * @param row numbers of a row
 * @param stride between norms of parameters and layers; @param apart between what blocks, and what layers' maps tell
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
		// A shader writes both.
		blockOutputStd: { ...ofBlocks, first: ofBlocks.first + 1 },
		deadShares: place(layers, apart)
	};
	return { places, count };
}

/** @param numbers all that the device has written in a step */
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
