import { expect, it } from 'vitest';
import { networkOf, parseName } from '$lib/network';
import { initialParameters, withOneRounding } from './initialise';

const initial = (name: string, parameter: string) =>
	initialParameters(networkOf(parseName(name)), 1).get(parameter);

it('biases and learned scales start at the value of their operation', () => {
	expect(initial('highway-mini?bias=-3.5', 'block3/gate/bias')).toEqual(
		new Float32Array(8).fill(-3.5)
	);
	expect(initial('highway-mini', 'block3/conv1/bias')).toEqual(new Float32Array(8));
	expect(initial('rezero-mini', 'block5/scale/scale')).toEqual(new Float32Array(1));
	expect(initial('rezero-mini?scale=skipinit', 'block5/scale/scale')).toEqual(
		new Float32Array([1 / 3])
	);
});

it('zero-residual zeroes the end of each branch: a learned scale, or the last weights before a factor', () => {
	const zero = (name: string, parameter: string) =>
		initial(`${name}init=zero-residual`, parameter)!.every((value) => value === 0);
	expect(zero('rezero-mini?scale=skipinit&', 'block0/scale/scale')).toBe(true);
	expect(zero('se-mini?', 'block0/conv2/norm/gamma')).toBe(true);
	expect(zero('se-mini?', 'block0/excite/kernel')).toBe(false);
	expect(zero('googlenet-mini?', 'inception3a/1x1/kernel')).toBe(false);
});

it('one rounding moves the first weight to the next 32-bit number away from 0, and leaves all others', () => {
	const values = (first: number) =>
		new Map([
			['a', Float32Array.of(first, 2)],
			['b', Float32Array.of(3)]
		]);
	const moved = (first: number) => withOneRounding(values(first));
	expect(moved(1).get('a')).toEqual(Float32Array.of(1 + 2 ** -23, 2));
	expect(moved(-1).get('a')).toEqual(Float32Array.of(-1 - 2 ** -23, 2));
	expect(moved(1).get('b')).toEqual(Float32Array.of(3));
	const drawn = values(0.1);
	withOneRounding(drawn);
	expect(drawn).toEqual(values(0.1));
});
