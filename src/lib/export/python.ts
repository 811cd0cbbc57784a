/** Python text, put together line by line, and what it says of a network. */
import { analyse, type Network } from '$lib/network';

export type Lines = string | false | readonly Lines[];

/** Joins what is there; `false` is left out. */
export const lines = (...parts: readonly Lines[]): string => flat(parts).join('\n');

const flat = (part: Lines): string[] =>
	part === false ? [] : typeof part === 'string' ? part.split('\n') : part.flatMap(flat);

/** One level further in; empty lines stay empty. */
export const indent = (parts: readonly Lines[]): string[] =>
	flat(parts).map((line) => (line ? `    ${line}` : line));

export const quoted = (text: string): string => `"${text}"`;

/** An assignment, broken where it would be longer than a line of Python should be. */
export const assign = (name: string, call: string): string[] => calling(`${name} = ${call}`);

/** A line that ends with a call, broken likewise. */
export function calling(line: string): string[] {
	if (line.length <= 92) return [line];
	const [, callee, args] = /^([^(]+)\((.*)\)$/.exec(line)!;
	return [`${callee}(`, ...indent([args]), ')'];
}

/** A sentence with its parameters and multiply-accumulates. */
export function countsOf(network: Network): string {
	const { parameterCount, macs } = analyse(network);
	const [height, width, channels] = network.input;
	return `${parameterCount.toLocaleString('en')} parameters, ${macs.toLocaleString('en')} multiply-accumulates for an image of ${height}x${width}x${channels}.`;
}

/** Blocks of each stage of the ResNets for ImageNet, as Python has a list. */
export const RESNET_BLOCKS = {
	18: '[2, 2, 2, 2]',
	34: '[3, 4, 6, 3]',
	50: '[3, 4, 6, 3]',
	101: '[3, 4, 23, 3]',
	152: '[3, 8, 36, 3]'
} as const;
