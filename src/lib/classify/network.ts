/** What the page asks of a network before a photograph goes through it. */
import { entry } from '$lib/base/entry';
import type { AnalysedNetwork } from '$lib/network';

/** Side of ImageNet's images at least; smaller networks see no photographs. */
const LEAST_SIDE = 200;

/** Whether a network classifies photographs: one of ImageNet's. */
export const seesPhotographs = ({ network: { input, classes } }: AnalysedNetwork): boolean =>
	input[0] >= LEAST_SIDE && input[2] === 3 && classes === 1000;

/**
 * Id of the node whose maps global pooling averages right before the dense layer, so that the class scores are means
 * over the image; null without such pooling.
 */
export function lastMaps({ nodes }: AnalysedNetwork): string | null {
	const byId = new Map(nodes.map(({ node }) => [node.id, node]));
	let { inputs } = nodes[nodes.length - 1].node;
	for (;;) {
		const before = entry(byId, inputs[0]);
		if (before.type === 'globalAveragePool') return before.inputs[0];
		if (before.type !== 'dropout') return null;
		({ inputs } = before);
	}
}
