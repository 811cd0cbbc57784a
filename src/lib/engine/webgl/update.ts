/** The draws after the backward pass: norms, clipping, the optimiser's step. */
import type { Row } from '../metrics';
import { haltShader, normsShader, rowSquaresShader, updateShader, type NormSizes } from './head';
import type { Texture } from './memory';
import { rowArea } from './places';
import type { Dispatch, Source } from './programs';
import type { Lasting } from './resources';

/** Norms of a lane's gradients and of its layers' kernels. */
export function normDispatches(lane: Lasting): Dispatch[] {
	const { segments, parameters } = lane;
	const { weightNorms } = lane.metricPlaces.places;
	return [
		...norms(lane, parameters.gradients, segments, gradientNormSizes(lane)),
		...layerNorms(lane, parameters.values.now, weightNorms)
	];
}

/** A gradient norm that is not finite halts the lane. The update stores the amounts it subtracts, for their norms. */
export function updateDispatches(lane: Lasting): Dispatch[] {
	const { metrics } = lane;
	const { values, velocities, squares, gradients, changes, control } = lane.parameters;
	const { updateNorms } = lane.metricPlaces.places;
	return [
		{
			code: haltShader(gradientNormSizes(lane)),
			inputs: { metrics, before: control.now },
			targets: [control.next]
		},
		{
			code: updateShader(),
			inputs: {
				values: values.now,
				velocities: velocities.now,
				squares: squares.now,
				gradients,
				halted: control.next
			},
			targets: [values.next, velocities.next, squares.next, changes]
		},
		...layerNorms(lane, changes, updateNorms)
	];
}

function gradientNormSizes({ plan, metricPlaces }: Lasting): NormSizes {
	return {
		first: metricPlaces.places.gradientNorms.first / 4,
		count: plan.network.parameters.length
	};
}

function layerNorms(lane: Lasting, numbers: Source, { first }: Row): Dispatch[] {
	const sizes = { first: first / 4, count: lane.plan.network.layers.length };
	return norms(lane, numbers, lane.layerSegments, sizes);
}

function norms(
	{ rowSquares, metrics }: Lasting,
	numbers: Source,
	segments: Texture,
	sizes: NormSizes
): Dispatch[] {
	return [
		{ code: rowSquaresShader(), inputs: { numbers }, targets: [rowSquares] },
		{
			code: normsShader(sizes),
			inputs: { squares: rowSquares, segments },
			targets: [metrics],
			area: rowArea(sizes.first, sizes.count)
		}
	];
}
