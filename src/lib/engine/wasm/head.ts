/** The dispatches of a network's head, forward and backward: pooling, dropout, dense layer, loss. */
import type { Target } from '../plan/plan';
import { walk } from './places';
import type { Dispatch, Resources } from './resources';

/** Pooling, dense layer, softmax, and the loss's gradient with respect to the logits. */
export function lossDispatches(lane: Resources): Dispatch[] {
	const { module, plan, places, parameters, features, logits, dLogits, labels } = lane;
	const { classes, weights, bias } = plan.head;
	const z = places[plan.head.z];
	const results = module.allocate(16);
	const pool = module.kernel('pool', { z: z.inner, features, ...walk(z) });
	const dense = module.kernel('dense', {
		x: features,
		kernel: parameters.at(parameters.values, weights),
		bias: bias === null ? 0 : parameters.at(parameters.values, bias),
		y: logits,
		inputs: z.shape.channels,
		pitch: z.channels,
		outputs: classes
	});
	const crossEntropy = module.kernel('crossEntropy', {
		logits,
		labels,
		dLogits,
		results,
		classes
	});
	return [
		({ images }) => pool({ images }),
		dropout(lane, features),
		({ images }) => dense({ images }),
		(run) => {
			crossEntropy({ images: run.images });
			[run.loss, run.wrong] = module.doubles(results, 2);
		}
	];
}

export function headBackward(lane: Resources, { dx }: { dx: Target }): Dispatch[] {
	const { module, plan, places, parameters, features, dFeatures, dLogits } = lane;
	const { classes, weights, bias } = plan.head;
	const to = places[dx.buffer];
	const denseGrad = module.kernel('denseGrad', {
		x: features,
		kernel: parameters.at(parameters.values, weights),
		dy: dLogits,
		dx: dFeatures,
		dKernel: parameters.at(parameters.gradients, weights),
		dBias: bias === null ? 0 : parameters.at(parameters.gradients, bias),
		inputs: to.shape.channels,
		pitch: to.channels,
		outputs: classes
	});
	const poolGrad = module.kernel('poolGrad', { dFeatures, dz: to.inner, ...walk(to) });
	return [
		({ images }) => denseGrad({ images }),
		dropout(lane, dFeatures),
		({ images }) => poolGrad({ images })
	];
}

/** Multiplies features `[images][channels]`, with padded channels, by the unpadded mask, if there is one. */
function dropout({ module, plan, places }: Resources, pointer: number): Dispatch {
	const { channels, shape } = places[plan.head.z];
	return ({ images, mask }) => {
		if (!mask) return;
		const features = module.floats(pointer, images * channels);
		for (let n = 0, i = 0; n < images; n++)
			for (let c = 0; c < shape.channels; c++, i++) features[n * channels + c] *= mask[i];
	};
}
