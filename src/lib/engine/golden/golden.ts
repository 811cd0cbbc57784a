/** Compares the engine with training steps that PyTorch computed in float64, from golden files (`parse.ts`). */
import { entry } from '$lib/base/entry';
import type { Batch } from '$lib/base/image';
import { analyse, type AnalysedNetwork } from '$lib/network';
import * as v from 'valibot';
import type { Engine, LaneSetup, LaneState } from '../engine';
import type { Backend } from '../tfjs/backend';
import { TfjsEngine } from '../tfjs/engine';
import { check } from './check';
import { parseGolden, type Golden } from './parse';

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

export interface GoldenCase {
	readonly name: string;
	readonly golden: Golden;
}

const fields = v.record(v.string(), v.unknown());
/** Golden files that differ from another one in some values only. */
const variants = v.array(
	v.object({
		name: v.string(),
		/** Name of the golden file, in the first format, that the variant is based on. */
		like: v.string(),
		/** The options of `network` that differ. */
		recipe: fields,
		/** The expected numbers that differ. */
		expected: fields
	})
);

/** All cases: the golden files by path, then the variants of `variants.json` on them. */
export function goldenCases(files: Readonly<Record<string, unknown>>): GoldenCase[] {
	const { './variants.json': others, ...whole } = files;
	return [
		...Object.entries(whole).map(([path, json]) => ({
			name: path.slice('./'.length, -'.json'.length),
			golden: parseGolden(json)
		})),
		...check(variants, others).map(({ name, like, recipe, expected }) => {
			const base = whole[`./${like}.json`] as {
				readonly network: object;
				readonly expected: object;
			};
			const json = {
				...base,
				network: { ...base.network, ...recipe },
				expected: { ...base.expected, ...expected }
			};
			return { name, golden: parseGolden(json) };
		})
	];
}

/** The lane of a golden file. @throws Error naming a weight that is missing or has the wrong shape */
export function laneSetup(
	{ network, seed, gates, weights: given }: Golden,
	analysed: AnalysedNetwork
): LaneSetup {
	const weights = new Map<string, Float32Array>();
	for (const { name, shape } of analysed.parameters) {
		const found = given[name];
		if (!found) throw new Error(`weights: ${name} is missing`);
		if (found.shape.join() !== shape.join())
			throw new Error(
				`weights.${name}: expected shape ${shape.join('×')}, received ${found.shape.join('×')}`
			);
		weights.set(name, Float32Array.from(found.values));
	}
	return { network, seed, gates, weights };
}

export const goldenBatch = ({ images, labels }: Golden): Batch => ({
	images: Float32Array.from(images.values),
	labels: Int32Array.from(labels),
	shape: images.shape as unknown as Batch['shape']
});

/** The setup with the running averages after one batch. */
export async function withAverages(
	backend: Backend,
	setup: LaneSetup,
	batch: Batch
): Promise<LaneSetup & { readonly state: LaneState }> {
	const engine = new TfjsEngine(backend, [setup]);
	await engine.step(batch, { learningRate: 0, momentum: 0, weightDecay: 0 });
	const state = await engine.state(0);
	engine.dispose();
	return { ...setup, weights: undefined, state };
}

/** Runs a file's steps on a fresh engine and compares. */
export async function runGolden(
	golden: Golden,
	createEngine: (setups: LaneSetup[]) => Promise<Engine>
): Promise<GoldenErrors> {
	const { expected, recipe } = golden;
	const analysed = analyse(golden.network);
	const batch = goldenBatch(golden);
	const engine = await createEngine([laneSetup(golden, analysed)]);
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
		const named = (norms: Record<string, number>) =>
			analysed.parameters.map(({ name }) => norms[name] ?? NaN);
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
