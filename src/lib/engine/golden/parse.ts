/**
 * Reads golden files: one network's exact weights, one batch, and the numbers that PyTorch computes from them in float64.
 * `docs/engine.md` documents the format.
 */
import * as v from 'valibot';
import { analyse, INITIALISATIONS, networkOf, OPS, parseName, type Network } from '$lib/network';
import { OPTIMISERS } from '../engine';
import { check } from './check';
import { drawImages, drawWeights, type Numbers } from './draw';
import { fromFirstFormat, isFirstFormat } from './firstFormat';

const numbers = v.array(v.number());
const count = v.pipe(v.number(), v.integer(), v.minValue(1));
const array = v.object({ shape: numbers, values: numbers });
const norms = v.record(v.string(), v.number());

const schema = v.object({
	/** A name, or a description. */
	network: v.unknown(),
	recipe: v.object({
		learningRate: v.number(),
		momentum: v.number(),
		weightDecay: v.number(),
		optimiser: v.optional(v.picklist(OPTIMISERS)),
		clip: v.optional(v.number()),
		steps: count
	}),
	/** Number of images. */
	batch: v.optional(count),
	/** Height and width of the images, of a network that names others. */
	size: v.optional(count),
	/** Seed of dropout's masks, and of weights and images that are not given. */
	seed: v.optional(v.number(), 0),
	/** Gate of each block's shortcut; 1 where absent. */
	gates: v.optional(numbers, []),
	weights: v.optional(v.record(v.string(), array)),
	images: v.optional(array),
	labels: numbers,
	expected: v.object({
		logits: numbers,
		gradientNorms: norms,
		blockOutputGradientNorms: numbers,
		blockOutputStd: numbers,
		losses: numbers,
		finalNorms: norms
	})
});

/** A description. What only pictures and random weights need may be left out. */
const description = v.looseObject({
	version: v.literal(1),
	input: v.tuple([count, count, count]),
	nodes: v.array(
		v.looseObject({
			id: v.string(),
			type: v.picklist(Object.keys(OPS)),
			inputs: v.array(v.string()),
			stage: v.optional(v.string(), 'stage1')
		})
	),
	name: v.optional(v.string(), 'described'),
	depth: v.optional(v.number(), 1),
	classes: v.optional(count, 10),
	initialisation: v.optional(v.picklist(INITIALISATIONS), 'he'),
	groups: v.optional(v.looseObject({}), {})
});

export type Golden = Omit<
	v.InferOutput<typeof schema>,
	'network' | 'batch' | 'size' | 'weights' | 'images'
> & {
	readonly network: Network;
	readonly weights: Readonly<Record<string, Numbers>>;
	readonly images: Numbers;
};

/**
 * Reads a golden file's content, in today's format or the first one, which described networks of the CIFAR family.
 * @throws Error naming the path of the offending value
 */
export function parseGolden(json: unknown): Golden {
	const { network, batch, size, weights, images, ...golden } = check(
		schema,
		isFirstFormat(json) ? fromFirstFormat(json) : json
	);
	const described = readNetwork(network, size);
	if (!images && batch === undefined) throw new Error('batch: missing, and so are the images');
	const shown = images ?? drawImages(described, golden.seed, batch ?? 1);
	if (batch !== undefined && batch !== shown.shape[0])
		throw new Error(`batch: ${batch}, but there are ${shown.shape[0]} images`);
	return {
		...golden,
		network: described,
		weights: weights ?? drawWeights(described, golden.seed),
		images: shown
	};
}

/**
 * Reads a network's name or description.
 * @param size height and width of its input, if not its own
 * @throws Error saying which node or option does not fit
 */
export function readNetwork(json: unknown, size?: number): Network {
	if (size !== undefined) {
		const network = readNetwork(json);
		return readNetwork({ ...network, input: [size, size, network.input[2]] });
	}
	if (typeof json === 'string') return networkOf(parseName(json));
	// The schema leaves an operation's own fields out; if one is missing, no shape results.
	const network = check(description, json) as unknown as Network;
	for (const { node, outputShape } of analyse(network).nodes)
		if (!outputShape.every((size) => Number.isInteger(size) && size > 0))
			throw new Error(`${node.id}: a field is missing or does not fit`);
	return network;
}
