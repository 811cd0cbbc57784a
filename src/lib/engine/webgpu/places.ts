/** Places a lane's numbers in buffers: parameters, and kernels packed for the convolutions. */
import { padded, type Plan } from '../plan/plan';
import { NOWHERE } from './head';
import { aligned, type Place } from './programs';

/** Places each parameter in order, aligned; `count` includes the gaps. */
export function placeParameters({ network: { parameters } }: Plan) {
	let total = 0;
	const places = parameters.map(({ size }): Place => {
		const first = total;
		total = aligned(first + size);
		return { first, count: size };
	});
	return { places, total };
}

/**
 * Places each convolution's packed kernels, by the parameter's index, padded to groups of four channels: forward `[tap][input][output]`,
 * backward `[tap][output][input]`. `order` has the place of value i of all parameters: the forward one at 2 i, the backward one at 2 i + 1.
 */
export function placeKernels(
	{ forward: ops, buffers }: Plan,
	{ places, total }: ReturnType<typeof placeParameters>
) {
	const order = new Uint32Array(2 * total).fill(NOWHERE);
	const kernels: { readonly forward: Place; readonly backward: Place }[] = [];
	let count = 0;
	for (const op of ops) {
		if (op.kind !== 'conv') continue;
		const inputs = buffers[op.x].channels;
		const outputs = buffers[op.y].channels;
		const taps = op.kernel[0] * op.kernel[1];
		const size = taps * padded(inputs) * padded(outputs);
		const forward = count;
		const backward = aligned(forward + size);
		count = aligned(backward + size);
		kernels[op.weights] = {
			forward: { first: forward, count: size },
			backward: { first: backward, count: size }
		};
		let i = places[op.weights].first;
		for (let tap = 0; tap < taps; tap++)
			for (let from = 0; from < inputs; from++)
				for (let to = 0; to < outputs; to++, i++) {
					order[2 * i] = forward + (tap * padded(inputs) + from) * padded(outputs) + to;
					order[2 * i + 1] = backward + (tap * padded(outputs) + to) * padded(inputs) + from;
				}
	}
	return { kernels, order, count };
}
