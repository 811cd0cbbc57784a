/** Reads what a step tells of a lane out of the numbers that a device has written. */
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
