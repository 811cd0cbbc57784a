/**
 * Compares the engine with training steps that PyTorch computed in float64. A golden file holds one
 * network's exact weights, one batch, and the numbers that a correct engine computes from them.
 */
import { entry } from '$lib/base/entry';
import type { Batch } from '$lib/base/image';
import * as v from 'valibot';
import { ACTIVATIONS, analyse, cifarNetwork, NORMS, type AnalysedNetwork } from '$lib/network';
import { OPTIMISERS, type Engine, type LaneSetup } from '../engine';

/** 32-bit PyTorch is within 3e-6 of the files; anything beyond this is an error. */
export const TOLERANCE = 1e-4;

export const QUANTITIES = [
	'logits',
	'losses',
	'gradientNorms',
	'blockOutputGradientNorms',
	'blockOutputStd',
	'finalNorms'
] as const;
export type Quantity = (typeof QUANTITIES)[number];
/** Largest relative error of each quantity; Infinity if a number is missing or NaN. */
export type GoldenErrors = Record<Quantity, number>;

const numbers = v.array(v.number());
const array = v.object({ shape: numbers, values: numbers });
const norms = v.record(v.string(), v.number());

const expectedSchema = v.object({
	logits: numbers,
	gradientNorms: norms,
	blockOutputGradientNorms: numbers,
	blockOutputStd: numbers,
	losses: numbers,
	finalNorms: norms
});
const schema = v.object({
	name: v.string(),
	network: v.object({
		n: v.pipe(v.number(), v.integer(), v.minValue(1)),
		width: v.number(),
		inputSize: v.number(),
		inChannels: v.number(),
		batch: v.number(),
		norm: v.picklist(NORMS),
		activation: v.picklist(ACTIVATIONS),
		shortcut: v.picklist(['none', 'A', 'B', 'C']),
		gates: numbers,
		learningRate: v.number(),
		momentum: v.number(),
		weightDecay: v.number(),
		optimiser: v.optional(v.picklist(OPTIMISERS)),
		clip: v.optional(v.number()),
		steps: v.pipe(v.number(), v.integer(), v.minValue(1))
	}),
	weights: v.record(v.string(), array),
	images: array,
	labels: numbers,
	expected: expectedSchema
});

export type Golden = v.InferOutput<typeof schema>;

/** Variants of a golden file with another normalisation or optimiser. */
const variants = v.array(
	v.object({
		name: v.string(),
		/** Name of the golden file that the variant is based on. */
		like: v.string(),
		/** The options of `network` that differ. */
		recipe: v.partial(
			v.object({
				norm: v.picklist(NORMS),
				optimiser: v.picklist(OPTIMISERS),
				learningRate: v.number(),
				momentum: v.number(),
				weightDecay: v.number()
			})
		),
		/** The expected numbers that differ. */
		expected: v.partial(expectedSchema)
	})
);

/** All cases: the golden files' own, then the variants of `variants.json` on them. */
export function goldenCases(files: Readonly<Record<string, unknown>>): Golden[] {
	const { './variants.json': others, ...whole } = files;
	const goldens = Object.values(whole).map(parseGolden);
	return [
		...goldens,
		...v.parse(variants, others).map(({ name, like, recipe, expected }) => {
			const base = goldens.find((golden) => golden.name === like);
			if (!base) throw new Error(`${name}: there is no golden file of ${like}`);
			return {
				...base,
				name,
				network: { ...base.network, ...recipe },
				expected: { ...base.expected, ...expected }
			};
		})
	];
}

/**
 * Checks a golden file's content.
 * @throws Error naming the path of the offending value
 */
export function parseGolden(json: unknown): Golden {
	const result = v.safeParse(schema, json, { abortEarly: true });
	if (result.success) return result.output;
	const [issue] = result.issues;
	throw new Error(`${v.getDotPath(issue) ?? 'file'}: ${issue.message}`);
}

/** The network that a golden file describes. */
export function goldenNetwork({ network }: Golden) {
	return cifarNetwork({
		depth: 6 * network.n + 2,
		width: network.width,
		size: network.inputSize,
		channels: network.inChannels,
		shortcut: network.shortcut,
		activation: network.activation,
		norm: network.norm,
		initialisation: 'he'
	});
}

/** Maps our parameter names to those in the files, where a normalisation's parameters have the name of the convolution before it. */
export const fileNames = ({ nodes }: AnalysedNetwork) =>
	new Map(
		nodes.flatMap(({ node: { id, inputs }, parameters }) =>
			parameters.map(({ name, role }) => [
				name,
				`${role === 'gamma' || role === 'beta' ? inputs[0] : id}/${role}`
			])
		)
	);

function setup(golden: Golden, analysed: AnalysedNetwork): LaneSetup {
	const weights = new Map<string, Float32Array>();
	const names = fileNames(analysed);
	for (const { name, shape } of analysed.parameters) {
		const fileName = entry(names, name);
		const found = golden.weights[fileName];
		if (!found) throw new Error(`weights: ${fileName} is missing`);
		if (found.shape.join() !== shape.join())
			throw new Error(
				`weights.${fileName}: expected shape ${shape.join('×')}, received ${found.shape.join('×')}`
			);
		weights.set(name, Float32Array.from(found.values));
	}
	return { network: analysed.network, seed: 0, gates: golden.network.gates, weights };
}

/** Runs a file's steps on a fresh engine and compares. */
export async function runGolden(
	golden: Golden,
	createEngine: (setups: LaneSetup[]) => Promise<Engine>
): Promise<GoldenErrors> {
	const { expected, network: recipe } = golden;
	const analysed = analyse(goldenNetwork(golden));
	const batch: Batch = {
		images: Float32Array.from(golden.images.values),
		labels: Int32Array.from(golden.labels),
		shape: golden.images.shape as unknown as Batch['shape']
	};
	const engine = await createEngine([setup(golden, analysed)]);
	try {
		const logits = await engine.logits(0, batch, true);
		const losses: number[] = [];
		let first = null;
		for (let step = 0; step < recipe.steps; step++) {
			const [metrics] = await engine.step(batch, { ...recipe, step: step + 1 });
			if (!metrics) throw new Error('the engine made no step');
			first ??= metrics;
			losses.push(metrics.loss);
		}
		const final = (await engine.state(0)).parameters;
		const names = fileNames(analysed);
		const named = (norms: Record<string, number>) =>
			analysed.parameters.map(({ name }) => norms[entry(names, name)]);
		const finalNorms = analysed.parameters.map(({ name }) =>
			Math.sqrt(entry(final, name).reduce((sum, x) => sum + x * x, 0))
		);
		const scale = Math.max(...expected.logits.map(Math.abs));
		return {
			logits: largestError(logits, expected.logits, () => scale),
			losses: largestError(losses, expected.losses),
			gradientNorms: largestError(first?.gradientNorms, named(expected.gradientNorms)),
			blockOutputGradientNorms: largestError(
				first?.blockOutputGradientNorms,
				expected.blockOutputGradientNorms
			),
			blockOutputStd: largestError(first?.blockOutputStd, expected.blockOutputStd),
			finalNorms: largestError(finalNorms, named(expected.finalNorms))
		};
	} finally {
		engine.dispose();
	}
}

/** Largest |found − expected| over a scale, by default |expected| itself. */
function largestError(
	found: ArrayLike<number> | undefined,
	expected: readonly number[],
	scale: (expected: number) => number = Math.abs
): number {
	if (!found || found.length !== expected.length) return Infinity;
	let largest = 0;
	for (const [i, value] of expected.entries()) {
		const difference = Math.abs(found[i] - value);
		const error = difference === 0 ? 0 : difference / scale(value);
		// Comparing with NaN gives false; NaN must count as an error.
		if (!(error <= largest)) largest = Number.isNaN(error) ? Infinity : error;
	}
	return largest;
}
