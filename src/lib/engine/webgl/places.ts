/** Places a lane's numbers in flat textures: parameters in the programs' layout, and metrics. */
import { padded, shiftOf, type Plan } from '../plan/plan';
import { ROW } from './layout';
import type { Area } from './programs';

/** The place of a parameter in texels; each parameter starts a row. */
export interface Place {
	readonly first: number;
	readonly texels: number;
	/** Position of each of its values among all numbers. */
	readonly order: Uint32Array;
}

const wholeRows = (texels: number) => Math.ceil(texels / ROW) * ROW;

/** Assigns every parameter its rows: kernels `[tap][input][output group]`, gamma in the row after its beta. */
export function placeParameters({ network, forward, head, auxiliary, buffers }: Plan) {
	const places: Place[] = [];
	let first = 0;
	const place = (parameter: number, texels: number, order: (i: number) => number) => {
		const { size } = network.parameters[parameter];
		places[parameter] = {
			first,
			texels,
			order: Uint32Array.from({ length: size }, (_, i) => first * 4 + order(i))
		};
		first += wholeRows(texels);
	};
	/** A vector, or a matrix whose rows are padded to groups of four. */
	const rows = (parameter: number, width: number) => {
		const { size } = network.parameters[parameter];
		place(
			parameter,
			((size / width) * padded(width)) / 4,
			(i) => Math.floor(i / width) * padded(width) + (i % width)
		);
	};
	for (const op of forward)
		if (op.kind === 'conv') {
			const inputs = buffers[op.x].channels;
			const outputs = buffers[op.y].channels;
			const [x, y] = [padded(inputs), padded(outputs)];
			place(op.weights, (op.kernel[0] * op.kernel[1] * x * y) / 4, (i) => {
				const tap = Math.floor(i / (inputs * outputs));
				return (tap * x + (Math.floor(i / outputs) % inputs)) * y + (i % outputs);
			});
		} else if (op.kind === 'combine') {
			const { channels } = buffers[op.z];
			const shift = shiftOf(op);
			if (shift !== null) rows(shift, channels);
			if (op.norm) rows(op.norm.gamma, channels);
		}
	for (const op of forward) if (op.kind === 'scale') rows(op.parameter, 1);
	for (const { weights, bias, classes } of [head, ...auxiliary]) {
		rows(weights, classes);
		if (bias !== null) rows(bias, classes);
	}
	return { places, texels: first };
}

/** The one-texel area with a number. */
export function texelArea(number: number): Area {
	const texel = Math.floor(number / 4);
	return [texel % ROW, Math.floor(texel / ROW), 1, 1];
}

/** The area of the rows that begin at texel `first`. */
export const rowArea = (first: number, texels: number): Area => [
	0,
	first / ROW,
	ROW,
	Math.ceil(texels / ROW)
];
