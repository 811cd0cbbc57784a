/** Python text, put together line by line, and what it says of a network. */
import { analyse, formatName, networkOf, type Network, type NetworkSpec } from '$lib/network';

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

/** The name of the function that builds a network: `resnet_50` of `resnet-50?order=pre`, `plain_20` of `cifar-plain-20`. */
export const functionName = (spec: NetworkSpec): string =>
	formatName(spec)
		.replace(/^cifar-|\?.*/g, '')
		.replaceAll('-', '_');

/** The file of a family in which the words COUNTS and BLOCKS and the name `vgg_0` stand for those of one member. */
export const filled = (text: string, spec: NetworkSpec): string =>
	text
		.replace('COUNTS', countsOf(networkOf(spec)))
		.replace('BLOCKS', spec.family === 'vgg' ? VGG_BLOCKS[spec.depth] : '')
		.replaceAll('vgg_0', functionName(spec));

/** Convolutions of each stage, as Python has a list. */
const VGG_BLOCKS = { 16: '[2, 2, 3, 3, 3]', 19: '[2, 2, 4, 4, 4]' } as const;
