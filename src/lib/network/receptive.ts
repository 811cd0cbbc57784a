/** Receptive fields: the square of the image on which one output value of an operation depends. */
import { entry } from '$lib/base/entry';
import type { AnalysedNetwork } from './analyse';
import type { NetworkNode } from './description';
import { OPS, type OpType } from './ops';

/** Height of the square in pixels of the image, the largest over all paths, by node id; null after global pooling. */
export function receptiveFields({ nodes, network }: AnalysedNetwork): Map<string, number | null> {
	const fields = new Map<string, number | null>();
	/** Distance in the image between neighbouring values, by node id. */
	const jumps = new Map<string, number>();
	for (const { node } of nodes) {
		// Like statistics, factors that are computed from whole maps are ignored.
		const read = node.type === 'multiply' ? node.inputs.slice(0, 1) : node.inputs;
		const inputs = read.map((id) => ({ field: entry(fields, id), jump: entry(jumps, id) }));
		const jump = Math.max(1, ...inputs.map((input) => input.jump));
		const window = windowOf(node);
		if (!window || inputs.some(({ field }) => field === null)) {
			fields.set(node.id, null);
			jumps.set(node.id, jump);
			continue;
		}
		const field = Math.max(1, ...inputs.map((input) => input.field ?? 0));
		fields.set(node.id, field + (window.kernel - 1) * jump);
		jumps.set(node.id, jump * window.stride);
	}
	// A field larger than the image is the whole image.
	const whole = Math.max(network.input[0], network.input[1]);
	for (const [id, field] of fields) if (field !== null && field >= 2 * whole) fields.set(id, null);
	return fields;
}

const windowOf = <T extends OpType>(node: NetworkNode<T>) => OPS[node.type].window(node);
