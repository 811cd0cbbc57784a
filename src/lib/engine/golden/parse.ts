/**
 * Reads golden files: one network's exact weights, one batch, and the numbers that PyTorch computes from them in float64.
 * `docs/engine.md` documents the format.
 */
import * as v from 'valibot';
import { analyse, INITIALISATIONS, networkOf, OPS, parseName, type Network } from '$lib/network';
import { OPTIMISERS } from '../engine';
import { check } from './check';
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
	/** Seed of dropout's masks. */
	seed: v.optional(v.number(), 0),
	/** Gate of each block's shortcut; 1 where absent. */
	gates: v.optional(numbers, []),
	weights: v.record(v.string(), array),
	images: array,
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

export type Golden = Omit<v.InferOutput<typeof schema>, 'network' | 'batch'> & {
	readonly network: Network;
};

/**
 * Reads a golden file's content, in today's format or the first one, which described networks of the CIFAR family.
 * @throws Error naming the path of the offending value
 */
export function parseGolden(json: unknown): Golden {
	const { network, batch, ...golden } = check(
		schema,
		isFirstFormat(json) ? fromFirstFormat(json) : json
	);
	const [images] = golden.images.shape;
	if (batch !== undefined && batch !== images)
		throw new Error(`batch: ${batch}, but there are ${images} images`);
	return { ...golden, network: readNetwork(network) };
}

/** Reads a network's name or description. @throws Error saying which node or option does not fit */
export function readNetwork(json: unknown): Network {
	if (typeof json === 'string') return networkOf(parseName(json));
	// The schema leaves an operation's own fields out; if one is missing, no shape results.
	const network = check(description, json) as unknown as Network;
	for (const { node, outputShape } of analyse(network).nodes)
		if (!outputShape.every((size) => Number.isInteger(size) && size > 0))
			throw new Error(`${node.id}: a field is missing or does not fit`);
	return network;
}
