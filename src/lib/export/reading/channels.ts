/**
 * The order of channels in residual networks whose shortcuts are option A with new channels on both sides of the old
 * ones: `F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, planes // 4, planes // 4))` in akamaster/pytorch_resnet_cifar10. Here they
 * come after the old ones, as in the paper's code, so that the same function has its channels in another order.
 */
import type { AnalysedNetwork, Average, Parameter } from '$lib/network';

/** For each channel of the network, the channel of the file. */
export type Order = readonly number[];

/** The order of every node's output that differs, by node id. */
export function channelOrders({ nodes }: AnalysedNetwork): ReadonlyMap<string, Order> {
	const byId = new Map(nodes.map((n) => [n.node.id, n]));
	const orders = new Map<string, Order>();
	const take = (id: string, from: string) => {
		const order = orders.get(from);
		if (order) orders.set(id, order);
	};
	for (const { node, outputShape } of nodes) {
		if (node.type === 'subsample') {
			const before = byId.get(node.inputs[0])?.outputShape.at(-1) ?? 0;
			const total = outputShape[outputShape.length - 1];
			const lower = (total - before) >> 1;
			const old = orders.get(node.inputs[0]) ?? Array.from({ length: before }, (_, i) => i);
			const added = Array.from({ length: total }, (_, i) => i).filter(
				(i) => i < lower || i >= lower + before
			);
			orders.set(node.id, [...old.map((channel) => channel + lower), ...added]);
		} else if (node.type === 'add') {
			const [branch, shortcut] = node.inputs;
			take(node.id, shortcut);
			// The branch ends in the order of the shortcut, from its last convolution on.
			for (let id = branch; orders.has(node.id);) {
				take(id, node.id);
				const before = byId.get(id)?.node;
				if (!before || before.type === 'conv') break;
				[id] = before.inputs;
			}
		} else if (node.type !== 'conv' && node.type !== 'dense') take(node.id, node.inputs[0]);
	}
	return orders;
}

/**
 * Puts the channels of a tensor in the network's order.
 * @param shape in PyTorch's layout, with the outputs first and the inputs second
 */
export function reordered(
	{ nodes }: AnalysedNetwork,
	orders: ReadonlyMap<string, Order>,
	{ node: id }: Parameter | Average,
	shape: readonly number[],
	values: Float32Array
): Float32Array {
	const inputs = nodes.find(({ node }) => node.id === id)?.node.inputs ?? [];
	const output = orders.get(id);
	const input = shape.length > 1 ? orders.get(inputs[0]) : undefined;
	if (!output && !input) return values;
	const [outputs, channels = 1, ...window] = shape;
	const pixels = window.reduce((a, b) => a * b, 1);
	const into = new Float32Array(values.length);
	for (let o = 0; o < outputs; o++)
		for (let i = 0; i < channels; i++) {
			const from = ((output?.[o] ?? o) * channels + (input?.[i] ?? i)) * pixels;
			into.set(values.subarray(from, from + pixels), (o * channels + i) * pixels);
		}
	return into;
}
