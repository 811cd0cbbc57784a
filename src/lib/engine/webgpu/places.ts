/** Places a lane's numbers in buffers: parameters, and kernels packed for the convolutions. */
import { padded, type MapShape, type Plan } from '../plan/plan';
import { reachOf } from './generalConv';
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
 * backward `[tap][output][input]`, of the former only the channels that reach the latter. `order` has the place of value i of all parameters: the forward one at 2 i, the backward one at 2 i + 1.
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
		const [x, y] = [buffers[op.x], buffers[op.y]];
		const inputs = x.channels / op.groups;
		const outputs = y.channels / op.groups;
		const taps = op.kernel[0] * op.kernel[1];
		const pack = (from: MapShape, to: MapShape) => {
			const { first, count: groups } = reachOf(from, to, op);
			const tap = groups * 4 * padded(to.channels);
			const place = { first: count, count: taps * tap };
			count = aligned(count + place.count);
			return {
				place,
				at: (n: number, a: number, b: number) =>
					place.first + n * tap + (a - first(b >> 2) * 4) * padded(to.channels) + b
			};
		};
		const forward = pack(x, y);
		const backward = pack(y, x);
		kernels[op.weights] = { forward: forward.place, backward: backward.place };
		let i = places[op.weights].first;
		for (let tap = 0; tap < taps; tap++)
			for (let input = 0; input < inputs; input++)
				for (let to = 0; to < y.channels; to++, i++) {
					const from = Math.floor(to / outputs) * inputs + input;
					order[2 * i] = forward.at(tap, from, to);
					order[2 * i + 1] = backward.at(tap, to, from);
				}
	}
	return { kernels, order, count };
}
