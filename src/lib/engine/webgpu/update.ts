/** The dispatches after the backward pass: norms, clipping, the optimiser's step. */
import type { Row } from '../metrics';
import { clipShader, linear, normsShader, updateShader } from './head';
import type { Dispatch } from './programs';
import type { Lasting } from './resources';

/** Norms of a lane's gradients, one of which may halt it, and of its layers' kernels. */
export function normDispatches(lane: Lasting): Dispatch[] {
	const { metrics, segments, parameters } = lane;
	const sizes = gradientNormSizes(lane);
	const gradientNorms: Dispatch = {
		code: normsShader(sizes),
		buffers: { numbers: parameters.gradients, segments, metrics, control: parameters.control },
		workgroups: [sizes.count]
	};
	const { weightNorms } = lane.metricPlaces.places;
	return lane.probes
		? [gradientNorms, layerNorms(lane, parameters.values, weightNorms)]
		: [{ ...gradientNorms, when: 'clipping' }];
}

/** The update takes the kernels along, and leaves in the gradients' place what it has taken off. */
export function updateDispatches(lane: Lasting): Dispatch[] {
	const { metrics, parameters } = lane;
	const { values, velocities, squares, gradients, control, kernels, order, count } = parameters;
	const clip: Dispatch = {
		code: clipShader(gradientNormSizes(lane)),
		buffers: { metrics, control },
		workgroups: [1],
		when: 'clipping'
	};
	const update: Dispatch = {
		code: updateShader({ count, move: true }),
		buffers: { values, places: order, kernels, velocities, gradients, squares, control },
		workgroups: linear(count)
	};
	const { updateNorms } = lane.metricPlaces.places;
	return [clip, update, ...(lane.probes ? [layerNorms(lane, gradients, updateNorms)] : [])];
}

/** Writes the kernels as convolutions read them, where values have been put in the place of others. */
export function packDispatches({ parameters }: Lasting): Dispatch[] {
	const { values, order, kernels, count } = parameters;
	return [
		{
			code: updateShader({ count, move: false }),
			buffers: { values, places: order, kernels },
			workgroups: linear(count)
		}
	];
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
		code: normsShader({ first, count, threads: tuning.norms, halts: false }),
		buffers: { numbers, segments: layerSegments, metrics },
		workgroups: [count]
	};
}
