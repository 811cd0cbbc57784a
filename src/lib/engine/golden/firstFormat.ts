/**
 * The first format of golden files: networks of the CIFAR family by their options, and a normalisation's parameters under
 * the name of the convolution before it.
 */
import * as v from 'valibot';
import { ACTIVATIONS, analyse, cifarNetwork, NORMS } from '$lib/network';
import { check } from './check';

const byParameter = v.record(v.string(), v.unknown());
const schema = v.looseObject({
	network: v.looseObject({
		n: v.pipe(v.number(), v.integer(), v.minValue(1)),
		width: v.number(),
		inputSize: v.number(),
		inChannels: v.number(),
		norm: v.picklist(NORMS),
		activation: v.picklist(ACTIVATIONS),
		shortcut: v.picklist(['none', 'A', 'B', 'C']),
		gates: v.unknown()
	}),
	weights: byParameter,
	expected: v.looseObject({ gradientNorms: byParameter, finalNorms: byParameter })
});

const marked = v.looseObject({ network: v.looseObject({ n: v.number() }) });
export const isFirstFormat = (json: unknown): boolean => v.is(marked, json);

/** The same file in today's format. @throws Error naming the path of the offending value */
export function fromFirstFormat(json: unknown): unknown {
	const file = check(schema, json);
	const { n, width, inputSize, inChannels, norm, activation, shortcut, gates, ...recipe } =
		file.network;
	const network = cifarNetwork({
		depth: 6 * n + 2,
		width,
		size: inputSize,
		channels: inChannels,
		shortcut,
		activation,
		norm,
		initialisation: 'he'
	});
	const names = new Map(
		analyse(network).nodes.flatMap(({ node: { id, inputs }, parameters }) =>
			parameters.map(({ name, role }) => [
				`${role === 'gamma' || role === 'beta' ? inputs[0] : id}/${role}`,
				name
			])
		)
	);
	const renamed = (values: v.InferOutput<typeof byParameter>) =>
		Object.fromEntries(
			Object.entries(values).map(([name, value]) => [names.get(name) ?? name, value])
		);
	const { expected } = file;
	return {
		...file,
		network,
		recipe,
		gates,
		weights: renamed(file.weights),
		expected: {
			...expected,
			gradientNorms: renamed(expected.gradientNorms),
			finalNorms: renamed(expected.finalNorms)
		}
	};
}
