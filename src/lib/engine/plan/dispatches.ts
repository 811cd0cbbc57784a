/** Turns the operations of a plan into a backend's list of dispatches: one function for each kind of operation. */
import type { BackwardOp, ForwardOp } from './plan';

/** For each kind of operation, a function that makes its dispatches for a lane; a missing kind is a type error. */
export type DispatchTable<Op extends { readonly kind: string }, Lane, Dispatch> = {
	readonly [Kind in Op['kind']]: (lane: Lane, op: Op & { kind: Kind }) => Dispatch[];
};
export type ForwardTable<Lane, Dispatch> = DispatchTable<ForwardOp, Lane, Dispatch>;
export type BackwardTable<Lane, Dispatch> = DispatchTable<BackwardOp, Lane, Dispatch>;

/** The dispatches of all operations, in their order. */
export function dispatchesOf<Op extends { readonly kind: string }, Lane, Dispatch>(
	lane: Lane,
	ops: readonly Op[],
	table: DispatchTable<Op, Lane, Dispatch>
): Dispatch[] {
	return ops.flatMap((op) => {
		// TypeScript cannot infer that the entry for an operation's kind accepts that operation.
		const make = table[op.kind as Op['kind']] as (lane: Lane, op: Op) => Dispatch[];
		return make(lane, op);
	});
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
