/** The dispatches after the backward pass: norms, clipping, the optimiser's step. */
import type { Row } from '../metrics';
import { clipShader, normsShader, updateShader } from './head';
import type { Dispatch } from './programs';
import type { Lasting } from './resources';

/** Norms of a lane's gradients, one of which may halt it, and of its layers' kernels. */
export function normDispatches(lane: Lasting): Dispatch[] {
	const { metrics, segments, parameters } = lane;
	const { values, gradients, control } = parameters;
	const gradientNorms: Dispatch = {
		...normsShader(gradientNormSizes(lane)),
		buffers: { numbers: gradients, segments, metrics, control }
	};
	const { weightNorms } = lane.metricPlaces.places;
	return lane.probes
		? [gradientNorms, layerNorms(lane, values, weightNorms)]
		: [{ ...gradientNorms, when: 'clipping' }];
}

/** The update takes the kernels along, and leaves in the gradients' place what it has taken off. */
export function updateDispatches(lane: Lasting): Dispatch[] {
	const { metrics, parameters } = lane;
	const { values, velocities, squares, gradients, control, kernels, order, count } = parameters;
	const { updateNorms } = lane.metricPlaces.places;
	return [
		{
			...clipShader(gradientNormSizes(lane)),
			buffers: { metrics, control },
			when: 'clipping'
		},
		{
			...updateShader({ count, move: true }),
			buffers: { values, places: order, kernels, velocities, gradients, squares, control }
		},
		...(lane.probes ? [layerNorms(lane, gradients, updateNorms)] : [])
	];
}

/** Writes the kernels as convolutions read them, where values have been put in the place of others. */
export function packDispatches({ parameters }: Lasting): Dispatch[] {
	const { values, order, kernels, count } = parameters;
	const buffers = { values, places: order, kernels };
	return [{ ...updateShader({ count, move: false }), buffers }];
}

function gradientNormSizes({ plan, tuning, metricPlaces }: Lasting) {
	return {
		first: metricPlaces.places.gradientNorms.first,
		count: plan.network.parameters.length,
		threads: tuning.norms,
		halts: true
	};
}

function layerNorms(lane: Lasting, numbers: GPUBuffer, { first }: Row): Dispatch {
	const { plan, tuning, metrics, layerSegments } = lane;
	const count = plan.network.layers.length;
	return {
		...normsShader({ first, count, threads: tuning.norms, halts: false }),
		buffers: { numbers, segments: layerSegments, metrics }
	};
}
