/**
 * One training step in slow motion, as values: what every node puts out on the next batch, the loss, the gradient on its way
 * back, and the update that the optimiser would make.
 */
import * as v from 'valibot';
import type { Immutable } from '$lib/base/immutable';
import { encodeNumber, indexSchema, magnitudeSchema, magnitudesSchema } from '$lib/base/numbers';
import type { Recipe } from '$lib/engine/engine';
import type { AnalysedNetwork, Shape } from '$lib/network';
import type { FeatureMap } from '../inside/record';
import { checkLanes, laneEntries, upToStep, type Study } from '../study';
import { blocksDisagree, blockTermsSchema, writeBlockTerms } from '../terms';

/** Number of images of the batch, its first ones, of which one can be followed. */
export const STEP_IMAGES = 16;
/** The parts of a step, in order. */
export const STEP_PASSES = ['forward', 'loss', 'backward', 'update'] as const;
export type StepPass = (typeof STEP_PASSES)[number];

const specSchema = v.strictObject({
	/** Index of the image in the batch. */
	image: v.pipe(indexSchema, v.maxValue(STEP_IMAGES - 1)),
	/** The network shown, and where its step stands. */
	lane: indexSchema,
	pass: v.picklist(STEP_PASSES),
	/** Id of the node, or in the update of the layer. */
	node: v.pipe(v.string(), v.maxLength(60))
});
export type StepSpec = Immutable<v.InferOutput<typeof specSchema>>;

const recordSchema = v.object({
	...laneEntries,
	/** Index of the image in the batch, and of its class. */
	image: indexSchema,
	label: indexSchema,
	/** Mean cross-entropy of the batch in nats, before and after the update. */
	loss: magnitudeSchema,
	after: magnitudeSchema,
	/** L2 norms over the whole batch of the nodes' outputs and of the loss's gradient by them, in the network's order. */
	outputs: magnitudesSchema,
	gradients: magnitudesSchema,
	/** L2 norms of the layers' kernels, of the gradients by them before clipping, and of their updates. */
	weights: magnitudesSchema,
	kernelGradients: magnitudesSchema,
	updates: magnitudesSchema,
	/** Of the image alone. */
	blocks: blockTermsSchema
});

/** The next step of one lane after `step` updates. */
export type StepSummary = Immutable<v.InferOutput<typeof recordSchema>> & {
	/** Of the latest measurement only; too large for a record. */
	readonly values?: StepValues;
};

/** What passes through a lane's nodes for one image of the batch. */
export interface StepValues {
	/** The first images of the batch as the networks see them, bytes `[N, H, W, C]`. */
	readonly images: { readonly pixels: Uint8Array; readonly shape: Shape };
	/** Indices of their classes. */
	readonly labels: readonly number[];
	/** Number of images in the batch. */
	readonly batch: number;
	/** The gates of the blocks in this step. */
	readonly gates: readonly number[];
	/** The optimiser's settings in this step. */
	readonly recipe: Recipe;
	/** The factor by which clipping multiplies every gradient; 1 for none. */
	readonly clipped: number;
	/** By the node's id. */
	readonly outputs: ReadonlyMap<string, FeatureMap>;
	/** Of the batch's mean loss by the node's output; absent where no gradient arrives. */
	readonly gradients: ReadonlyMap<string, FeatureMap>;
	/** What comes back to a block's input, by block; null for one without a shortcut, or without a gradient by this term. */
	readonly terms: readonly ({
		readonly shortcut: FeatureMap | null;
		readonly branch: FeatureMap | null;
	} | null)[];
	/** By the layers' ids. */
	readonly kernels: ReadonlyMap<string, KernelStep>;
}

/** A kernel's values in one update; `s` is absent for an optimiser that does not keep it. */
export interface KernelStep {
	/** `[kH, kW, C, filters]` or `[in, out]` */
	readonly shape: Shape;
	readonly before: OptimiserState;
	readonly after: OptimiserState;
	/** Before clipping. */
	readonly gradient: Float32Array;
}

interface OptimiserState {
	readonly w: Float32Array;
	readonly v: Float32Array;
	readonly s?: Float32Array;
}

export interface StepStudy {
	readonly spec: StepSpec;
	readonly note: StepSpec;
	readonly found: StepSummary;
	readonly kept: readonly StepSummary[];
	readonly key: 'slowSteps';
}

const numbers = (values: Iterable<number>) => Array.from(values, encodeNumber);

export const step: Study<StepStudy> = {
	nothing: [],
	/** A lane has one result at a step, the latest, and the values of one step. */
	merge: (kept, found) => [
		...kept.flatMap((each) => {
			if (each.lane !== found.lane) return each;
			const { values: _, ...summary } = each;
			return each.step === found.step ? [] : summary;
		}),
		found
	],
	upTo: upToStep,
	asked: { schema: specSchema, note: (spec) => spec },
	recorded: {
		key: 'slowSteps',
		schema: v.array(recordSchema),
		write: (kept) =>
			kept.map(({ values: _, ...found }) => ({
				...found,
				loss: encodeNumber(found.loss),
				after: encodeNumber(found.after),
				outputs: numbers(found.outputs),
				gradients: numbers(found.gradients),
				weights: numbers(found.weights),
				kernelGradients: numbers(found.kernelGradients),
				updates: numbers(found.updates),
				blocks: writeBlockTerms(found.blocks)
			})),
		check: (kept, networks) =>
			checkLanes(
				kept,
				networks,
				(found, network) =>
					blocksDisagree(found.blocks, network) ??
					lengthDisagrees(found, 'outputs', stepNodes(network).length) ??
					lengthDisagrees(found, 'gradients', stepNodes(network).length) ??
					lengthDisagrees(found, 'weights', network.layers.length) ??
					lengthDisagrees(found, 'kernelGradients', network.layers.length) ??
					lengthDisagrees(found, 'updates', network.layers.length)
			)
	}
};

type Norms = 'outputs' | 'gradients' | 'weights' | 'kernelGradients' | 'updates';
function lengthDisagrees(found: StepSummary, path: Norms, wanted: number) {
	const { length } = found[path];
	return length === wanted
		? null
		: { path, detail: `expected ${wanted} norms, received ${length}` };
}

/** The nodes that a training step passes, in order: auxiliary heads only if they have a loss. */
export const stepNodes = ({ nodes, network }: AnalysedNetwork) =>
	network.auxiliaryLosses ? nodes : nodes.filter(({ node }) => !node.auxiliary);

/** Where a step stands: at a node, or in the update at a layer. */
export interface StepStop {
	readonly pass: StepPass;
	readonly node: string;
}

/** All stops of a step, in order: every node forward, the loss, every node backward, the kernel of every layer. */
export function stepStops(network: AnalysedNetwork): StepStop[] {
	const ids = stepNodes(network).map(({ node }) => node.id);
	const at = (pass: StepPass) => (node: string) => ({ pass, node });
	return [
		...ids.map(at('forward')),
		...ids.slice(-1).map(at('loss')),
		...ids.toReversed().map(at('backward')),
		...network.layers.map(({ id }) => id).map(at('update'))
	];
}
