/** Looks inside a network beside training: one forward pass for norms and maps, one backward pass from its class scores. */
import { entry } from '$lib/base/entry';
import type { Batch } from '$lib/base/image';
import { initialParameters, nodeGradients, nodeOutputs, type Backend } from '$lib/engine';
import type { LaneSetup } from '$lib/engine/engine';
import { analyse, blockParts, lastMaps, type BlockParts } from '$lib/network';
import { breathe } from '$lib/base/breathe';
import { ownBatch } from '$lib/data';
import type { LaneCopy, Measurement } from '../measurement';
import {
	activationMap,
	normOf,
	softmax,
	type Evidence,
	type FeatureMap,
	type LaneLook,
	type Look,
	type LookSpec
} from './record';

export const measureInside: Measurement<LookSpec, Look> = {
	async arrived(set, { image }) {
		if (image.kind === 'test') await set.ready('test', image.index + 1);
	},
	async measure(
		{ backend, step, set, halve, active, copyOf },
		request,
		{ found, progress, signal }
	) {
		const { image } = request;
		const { manifest } = set;
		const { pixels, label } =
			image.kind === 'test' ? set.image('test', image.index) : { ...image, label: null };
		const batch = ownBatch(pixels, manifest, { halve });
		const lanes: LaneLook[] = [];
		for (const lane of active.keys()) {
			progress(lane, active.length);
			lanes.push(await lookInto(backend, await copyOf(lane), batch, request, label));
			await breathe();
			if (signal.aborted) return;
		}
		const shown = { pixels: pixels.slice(), shape: manifest.shape };
		found({ step, request, image: shown, label, lanes });
	}
};

/**
 * Runs one image through one network, with running averages as in evaluation.
 * @param batch a batch of one image
 * @param label index of its class, or null
 */
export async function lookInto(
	backend: Backend,
	setup: LaneCopy,
	batch: Batch,
	{ block, node, other, untrained }: Omit<LookSpec, 'image'>,
	label: number | null
): Promise<LaneLook> {
	const network = analyse(setup.network);
	const { nodes, blocks } = network;
	// Auxiliary heads without a loss have no weights.
	const computed = nodes.filter((n) => !n.node.auxiliary || setup.network.auxiliaryLosses);
	const shapes = new Map(computed.map((n) => [n.node.id, n.outputShape]));
	const parts = blocks.map(({ index }) => blockParts(network, index));
	const chosen = parts.at(block);
	const last = nodes[nodes.length - 1].node.id;
	const wanted = [
		...parts.flatMap((part) => [addedTo(part), part.branch]),
		...(chosen ? [chosen.input, chosen.sum ?? chosen.branch, chosen.output] : []),
		...(shapes.has(node) ? [node] : []),
		last
	];
	const outputs = await nodeOutputs(backend, setup, batch, [...new Set(wanted)]);
	const map = (id: string): FeatureMap => ({
		shape: entry(shapes, id),
		values: entry(outputs, id)
	});
	const { name, shape } = network.parameters[network.layers[0].kernel];
	const scores = entry(outputs, last);
	const predicted = scores.indexOf(Math.max(...scores));
	const classes = predicted < 0 ? [] : [...new Set([predicted, other ?? label ?? predicted])];
	const { state, ...others } = setup;
	const weights = initialParameters(setup.network, setup.seed);
	return {
		evidence: await evidenceOf(backend, setup, state.parameters, batch, classes),
		untrained: untrained
			? await evidenceOf(backend, { ...others, weights }, weights, batch, classes)
			: [],
		probabilities: softmax(scores),
		gates: setup.gates,
		norms: parts.map((part) => {
			const [x, branch] = [addedTo(part), part.branch].map((id) => normOf(entry(outputs, id)));
			const same = entry(shapes, addedTo(part)).join() === entry(shapes, part.branch).join();
			return { x, branch, ratio: same ? branch / x : null };
		}),
		block: chosen
			? {
					index: block,
					gate: setup.gates[block],
					input: map(chosen.input),
					shortcut: chosen.shortcut === null ? null : map(chosen.shortcut),
					branch: map(chosen.branch),
					sum: chosen.sum === null ? null : map(chosen.sum),
					output: map(chosen.output)
				}
			: null,
		map: shapes.has(node) ? map(node) : null,
		filters: { shape, values: entry(setup.state.parameters, name) }
	};
}

const addedTo = ({ shortcut, input }: BlockParts) => shortcut ?? input;

/**
 * What the scores of some classes depend on, by one pass over as many copies of the image, with running averages.
 * @param parameters those of the setup
 */
async function evidenceOf(
	backend: Backend,
	setup: LaneSetup,
	parameters: ReadonlyMap<string, Float32Array>,
	{ images, labels, shape: [, ...shape] }: Batch,
	classes: readonly number[]
): Promise<Evidence[]> {
	if (!classes.length) return [];
	const { nodes } = analyse(setup.network);
	const [image, dense] = [nodes[0].node.id, nodes[nodes.length - 1].node.id];
	const pooled = nodes.find(({ node }) => node.id === lastMaps({ nodes }));
	const copies: Batch = {
		images: Float32Array.from(classes.flatMap(() => [...images])),
		labels: Int32Array.from(classes.flatMap(() => [...labels])),
		shape: [classes.length, ...shape]
	};
	const { outputs, gradients } = await nodeGradients(backend, setup, copies, {
		objective: { scores: classes },
		training: false,
		outputs: pooled ? [pooled.node.id] : [],
		gradients: [image]
	});
	const total = entry(gradients, image).total ?? new Float32Array(copies.images.length);
	const one = (values: Float32Array, at: number) => {
		const size = values.length / classes.length;
		return values.slice(at * size, (at + 1) * size);
	};
	return classes.map((index, at) => ({
		index,
		activation: pooled
			? activationMap(
					{ shape: pooled.outputShape, values: one(entry(outputs, pooled.node.id), at) },
					entry(parameters, `${dense}/kernel`),
					index
				)
			: null,
		gradient: { shape, values: one(total, at) }
	}));
}
