/** How far an operation sees: the square of the image on which one of its values depends. */
import type { AnalysedNetwork } from './analyse';
import type { NetworkNode } from './description';

/** Height of the square, in pixels of the image, the largest over all paths; null behind pooling over all pixels. */
export function receptiveFields({ nodes, network }: AnalysedNetwork): Map<string, number | null> {
	const fields = new Map<string, number | null>();
	/** Distance in the image between neighbouring values. */
	const jumps = new Map<string, number>();
	for (const { node } of nodes) {
		const inputs = node.inputs.map((id) => ({ field: fields.get(id)!, jump: jumps.get(id)! }));
		const jump = Math.max(1, ...inputs.map((input) => input.jump));
		const { kernel, stride } = window(node);
		if (kernel === null || inputs.some(({ field }) => field === null)) {
			fields.set(node.id, null);
			jumps.set(node.id, jump);
			continue;
		}
		const field = Math.max(1, ...inputs.map((input) => input.field!));
		fields.set(node.id, field + (kernel - 1) * jump);
		jumps.set(node.id, jump * stride);
	}
	// Larger than the image it is all of it.
	const whole = Math.max(network.input[0], network.input[1]);
	for (const [id, field] of fields) if (field !== null && field >= 2 * whole) fields.set(id, null);
	return fields;
}

/** What a value is computed from; a kernel of null is the whole map. */
function window(node: NetworkNode): { kernel: number | null; stride: number } {
	switch (node.type) {
		case 'conv':
			return { kernel: Math.max(...node.kernel), stride: node.stride };
		case 'maxPool':
		case 'averagePool':
			return { kernel: node.kernel, stride: node.stride };
		case 'subsample':
			return { kernel: 1, stride: node.stride };
		case 'globalAveragePool':
		case 'flatten':
		case 'dense':
			return { kernel: null, stride: 1 };
		default:
			return { kernel: 1, stride: 1 };
	}
}
