/** Turns the operations of a plan into a backend's list of dispatches: one function for each kind of operation. */
import type { Network } from '$lib/network';
import { compile } from './compile';
import {
	isUsual,
	shiftOf,
	UnplannedError,
	type BackwardOp,
	type ForwardOp,
	type Plan
} from './plan';

/**
 * For each kind of operation, a function that makes its dispatches for a lane, or null if the backend has no kernels for
 * it; a missing kind is a type error.
 */
export type DispatchTable<Op extends { readonly kind: string }, Lane, Dispatch> = {
	readonly [Kind in Op['kind']]: ((lane: Lane, op: Op & { kind: Kind }) => Dispatch[]) | null;
};
export type ForwardTable<Lane, Dispatch> = DispatchTable<ForwardOp, Lane, Dispatch>;
export type BackwardTable<Lane, Dispatch> = DispatchTable<BackwardOp, Lane, Dispatch>;

/** The dispatches of all operations, in their order. @throws UnplannedError for a kind without kernels */
export function dispatchesOf<Op extends { readonly kind: string }, Lane, Dispatch>(
	lane: Lane,
	ops: readonly Op[],
	table: DispatchTable<Op, Lane, Dispatch>
): Dispatch[] {
	return ops.flatMap((op) => {
		// TypeScript cannot infer that the entry for an operation's kind accepts that operation.
		const make = table[op.kind as Op['kind']] as ((lane: Lane, op: Op) => Dispatch[]) | null;
		if (!make) throw new UnplannedError(op.kind);
		return make(lane, op);
	});
}

/** A backend's tables together: what is null it has no kernels for. */
type Kernels = {
	readonly [Kind in ForwardOp['kind'] | BackwardOp['kind']]: unknown;
};

/**
 * Compiles a network for a backend, and checks, before anything is allocated, that the backend has all kernels.
 * @param refuses whether it lacks kernels for an operation of a kind that it has
 * @throws UnplannedError naming the first node without kernels, and its operation
 */
export function compileFor(
	network: Network,
	kernels: Kernels,
	refuses: (op: ForwardOp | BackwardOp) => boolean
): Plan {
	const plan = compile(network);
	const types = new Map(plan.network.nodes.map(({ node }) => [node.id, node.type]));
	const has = (op: ForwardOp | BackwardOp) => kernels[op.kind] && !refuses(op);
	for (const op of plan.forward)
		if (!has(op)) throw new UnplannedError(op.node, types.get(op.node));
	for (const op of plan.backward)
		if (!has(op)) throw new UnplannedError(nodeOf(op), types.get(nodeOf(op)));
	return plan;
}

/** Refuses what only convolutions fused with what follows them, of the usual kinds, do without. */
export function isUnusual(op: ForwardOp | BackwardOp): boolean {
	if (op.kind === 'conv') return !isUsual(op);
	if (op.kind === 'headGrad') return op.head.auxiliary;
	if (op.kind === 'combine') return shiftOf(op) === null;
	return op.kind === 'combineGrad' && op.dy?.buffer !== op.combine.y;
}

/** The node that an operation of the backward pass belongs to. */
export function nodeOf(op: BackwardOp): string {
	switch (op.kind) {
		case 'headGrad':
			return op.head.node;
		case 'combineGrad':
			return op.combine.node;
		case 'kernelGrad':
		case 'inputGrad':
			return op.conv.node;
		case 'poolGrad':
			return op.pool.node;
		case 'lrnGrad':
			return op.lrn.node;
		case 'concatGrad':
			return op.concat.node;
		case 'multiplyGrad':
			return op.multiply.node;
		case 'scaleGrad':
			return op.scale.node;
		case 'dropGrad':
			return op.drop.node;
		case 'subsampleGrad':
		case 'measure':
			return op.node;
	}
}
