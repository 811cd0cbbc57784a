/**
 * Shallower networks whose trained layers can start a deeper one: the layers that correspond to each other in two depths
 * of a family, and the beginnings of a network, for pre-training layer by layer.
 */
import type { AnalysedNetwork } from './analyse';
import type { Network } from './description';
import { OPS } from './ops';

/**
 * The parameters of a shallower network that have a counterpart in a deeper one of its family, by name: those of the
 * same layer in the same block of the same stage, and outside blocks those of the same name, if they have the same
 * shape. So a stage's first blocks, the stem and the head have one, and the deeper network's later blocks do not, as in
 * Simonyan and Zisserman 2014, §3.1, where the layers in between start from random weights.
 */
export function counterparts(
	shallow: AnalysedNetwork,
	deep: AnalysedNetwork
): ReadonlyMap<string, string> {
	const deepBlocks = new Map(placesInStages(deep).map(({ id, place }) => [place, id]));
	const shallowBlocks = new Map(
		placesInStages(shallow).map(({ id, place }) => [id, deepBlocks.get(place)])
	);
	const shapes = new Map(deep.parameters.map(({ name, shape }) => [name, shape.join()]));
	const blockOf = new Map(shallow.nodes.map(({ node }) => [node.id, node.block]));
	return new Map(
		shallow.parameters.flatMap(({ name, node, shape }) => {
			const block = blockOf.get(node);
			const there = block && shallowBlocks.get(block);
			// The block's id begins the names of all its nodes.
			const other = block ? there && there + name.slice(block.length) : name;
			return other && shapes.get(other) === shape.join() ? [[name, other] as const] : [];
		})
	);
}

/** Each block with its stage and its number there. */
function placesInStages({ blocks }: AnalysedNetwork) {
	const counts = new Map<string, number>();
	return blocks.map(({ id, stage }) => {
		const number = (counts.get(stage) ?? 0) + 1;
		counts.set(stage, number);
		return { id, place: `${stage}/${number}` };
	});
}

/** Id of the classifier of a network that ends early. */
export const CLASSIFIER = 'classifier';

/**
 * The networks that the first layers of a network make with a classifier on top, one layer more in each; the last is the
 * network itself. Where paths run beside each other, as in a block with a shortcut, all layers up to the place where they
 * meet come at once. Layers keep their names and shapes. The classifier averages over the map where there is one; it
 * takes the place of a flattening.
 */
export function beginnings({ network, nodes, layers }: AnalysedNetwork): Network[] {
	const main = nodes.filter(({ node }) => !node.auxiliary);
	/** For each node, the last one that reads it. */
	const readers = new Map<string, number>();
	main.forEach(({ node }, i) => node.inputs.forEach((input) => readers.set(input, i)));
	let weighted = 0;
	let open = -1;
	/** Whether a map has been flattened since the last weighted operation. */
	let flattened = false;
	/** By the number of weighted operations up to there, the last node that alone is read from there on. */
	const ends = new Map<number, number>();
	main.forEach(({ node }, i) => {
		const isWeighted = 'weighted' in OPS[node.type];
		if (isWeighted) weighted++;
		flattened = !isWeighted && (flattened || node.type === 'flatten');
		if (open <= i && weighted && !flattened) ends.set(weighted, i);
		open = Math.max(open, readers.get(node.id) ?? i);
	});
	// The network's own classifier takes the place of one on its last layer but one.
	const early = [...ends.values()].slice(0, -2).map((end): Network => {
		const { node, outputShape } = main[end];
		const own = main.slice(0, end + 1).map(({ node }) => node);
		const kept = new Set(own.map(({ id }) => id));
		const classifier = { stage: 'head', inputs: [node.id] };
		const pool = { ...classifier, id: `${CLASSIFIER}/pool`, type: 'globalAveragePool' } as const;
		const { auxiliaryLosses: _, ...rest } = network;
		return {
			...rest,
			depth: 2 + Math.max(...layers.map(({ id, column }) => (kept.has(id) ? column : -1))),
			nodes: [
				...own,
				...(outputShape.length > 1 ? [pool] : []),
				{
					...classifier,
					inputs: [outputShape.length > 1 ? pool.id : node.id],
					id: CLASSIFIER,
					type: 'dense',
					units: network.classes,
					bias: true
				}
			]
		};
	});
	return [...early, network];
}
