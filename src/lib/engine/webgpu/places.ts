/** Where a lane's numbers lie in their buffers: parameters, and kernels as convolutions read them. */
import { padded, type Plan } from '../plan/plan';
import { NOWHERE } from './head';
import { aligned, type Place } from './programs';

/** Each parameter in its order, aligned; and how many numbers there are with the gaps. */
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
 * A convolution's kernels, by the parameter's index, padded to groups of four channels: forward `[tap][input][output]`,
 * backward `[tap][output][input]`. `order` says where number i of all parameters goes, forward at 2 i, backward at 2 i + 1.
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
