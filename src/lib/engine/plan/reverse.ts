/** The backward pass of a plan: the forward list in reverse, with a buffer for every gradient. */
import {
	shapeKey,
	UnplannedError,
	type BackwardOp,
	type ForwardOp,
	type Head,
	type MapShape,
	type Plan,
	type Target
} from './plan';

/** A block's output that is measured by an operation of its own. */
interface Measured {
	readonly node: string;
	readonly block: number;
	readonly z: number;
}

/**
 * Reverses the forward list. A gradient's first contribution overwrites its buffer and later ones add to it; a buffer is
 * used again as soon as its gradient is no longer needed.
 * @param maps shapes of the forward pass's buffers
 * @throws UnplannedError naming a node whose output nothing reads
 */
export function planBackward(
	maps: readonly MapShape[],
	forward: readonly ForwardOp[],
	heads: readonly Head[],
	measured: readonly Measured[]
): Pick<Plan, 'buffers' | 'backward'> {
	const buffers = [...maps];
	const backward: BackwardOp[] = [];
	const free = new Map<string, number[]>();
	/** Gradient buffer of each map, once something has been written to it. */
	const gradients = new Map<number, number>();
	/** Gradients of subsampling shortcuts, which wait until something is written to the gradient they are added to. */
	let waiting: { node: string; from: number; map: number; stride: number }[] = [];

	/** Convolutions whose output only their own combine reads, which then replaces it by its gradient. */
	const convolutions = new Set(forward.flatMap((op) => (op.kind === 'conv' ? [op.node] : [])));
	const fused = new Set(
		forward.flatMap(({ kind, node }) =>
			kind === 'combine' && convolutions.has(node) ? [node] : []
		)
	);

	/** Whether a shortcut carries the map as it is to the sum z. */
	const isWhole = ({ from, stride }: { from: number; stride: number }, z: number) =>
		stride === 1 && shapeKey(buffers[from]) === shapeKey(buffers[z]);

	function acquire(map: number): number {
		const shape = buffers[map];
		const buffer = free.get(shapeKey(shape))?.pop() ?? buffers.push(shape) - 1;
		gradients.set(map, buffer);
		return buffer;
	}
	function release(buffer: number): void {
		const name = shapeKey(buffers[buffer]);
		free.set(name, [...(free.get(name) ?? []), buffer]);
	}
	/** Where the gradient of a map goes. */
	function target(map: number): Target {
		const before = gradients.get(map);
		return { buffer: before ?? acquire(map), accumulate: before !== undefined };
	}
	/** The same, or null for the image. */
	const targetOf = (map: number): Target | null => (map === 0 ? null : target(map));

	function addThrough(node: string, from: number, map: number, stride: number): void {
		const to = gradients.get(map);
		if (to === undefined) {
			waiting.push({ node, from, map, stride });
			return;
		}
		backward.push({ kind: 'subsampleGrad', node, stride, from, to });
		release(from);
	}
	function addWaiting(): void {
		const before = waiting;
		waiting = [];
		for (const { node, from, map, stride } of before) addThrough(node, from, map, stride);
	}
	/** The gradient of an operation's output, which no later operation needs. */
	function take({ node }: ForwardOp, map: number): number {
		const gradient = gradients.get(map);
		if (gradient === undefined || waiting.some((one) => one.map === map))
			throw new UnplannedError(node);
		gradients.delete(map);
		return gradient;
	}

	for (const head of heads.toReversed())
		backward.push({ kind: 'headGrad', head, dx: target(head.z) });
	for (const op of forward.toReversed()) {
		reverse(op);
		addWaiting();
	}
	return { buffers, backward };

	function reverse(op: ForwardOp): void {
		if (op.kind === 'conv') {
			// Of a convolution whose combine is fused, y holds its own gradient by now.
			const own = fused.has(op.node);
			const dy = own ? op.y : take(op, op.y);
			measure(op.y, dy);
			backward.push({ kind: 'kernelGrad', conv: op, dy });
			if (op.inputGradient) backward.push({ kind: 'inputGrad', conv: op, dy, dx: target(op.x) });
			if (!own) release(dy);
			return;
		}
		const dz = take(op, op.z);
		measure(op.z, dz);
		switch (op.kind) {
			case 'combine': {
				const { shortcut, y } = op;
				const dy = fused.has(op.node) ? { buffer: y, accumulate: false } : targetOf(y);
				const keep = shortcut !== null && shortcut.from !== 0;
				backward.push({ kind: 'combineGrad', combine: op, dz, keep, dy });
				if (!keep) release(dz);
				else if (isWhole(shortcut, op.z) && !gradients.has(shortcut.from))
					gradients.set(shortcut.from, dz);
				else addThrough(op.node, dz, shortcut.from, shortcut.stride);
				return;
			}
			case 'pool':
				if (op.x !== 0) backward.push({ kind: 'poolGrad', pool: op, dz, dx: target(op.x) });
				break;
			case 'lrn':
				if (op.x !== 0) backward.push({ kind: 'lrnGrad', lrn: op, dz, dx: target(op.x) });
				break;
			case 'concat':
				backward.push({ kind: 'concatGrad', concat: op, dz, dx: op.from.map(targetOf) });
				break;
			case 'multiply':
				backward.push({
					kind: 'multiplyGrad',
					multiply: op,
					dz,
					da: targetOf(op.a),
					db: targetOf(op.b)
				});
				break;
			case 'scale':
				backward.push({ kind: 'scaleGrad', scale: op, dz, dx: targetOf(op.x) });
				break;
			case 'drop':
				if (op.x !== 0) backward.push({ kind: 'dropGrad', drop: op, dz, dx: target(op.x) });
				break;
		}
		release(dz);
	}

	function measure(z: number, dz: number): void {
		for (const one of measured) if (one.z === z) backward.push({ kind: 'measure', ...one, dz });
	}
}
