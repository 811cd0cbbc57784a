/** Looks inside a network: makes one forward pass beside training and collects its norms and maps. */
import { entry } from '$lib/base/entry';
import type { Batch } from '$lib/base/image';
import { nodeOutputs, type Backend } from '$lib/engine';
import { analyse, blockParts, type BlockParts } from '$lib/network';
import { breathe } from '$lib/base/breathe';
import { ownBatch } from '$lib/data';
import type { LaneCopy, Measurement } from '../measurement';
import {
	normOf,
	softmax,
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
		const { image, block, node } = request;
		const { manifest } = set;
		const { pixels, label } =
			image.kind === 'test' ? set.image('test', image.index) : { ...image, label: null };
		const batch = ownBatch(pixels, manifest, { halve });
		const lanes: LaneLook[] = [];
		for (const lane of active.keys()) {
			progress(lane, active.length);
			lanes.push(await lookInto(backend, await copyOf(lane), batch, block, node));
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
 */
export async function lookInto(
	backend: Backend,
	setup: LaneCopy,
	batch: Batch,
	block: number,
	node: string
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
	return {
		probabilities: softmax(entry(outputs, last)),
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
