/** Turns the operations of a plan into a backend's list of dispatches: one function for each kind of operation. */
import type { BackwardOp, Combine, Convolution } from './plan';

/** What dispatches of a lane do for each kind of operation; a missing kind is a type error. */
export type DispatchTable<Op extends { readonly kind: string }, Lane, Dispatch> = {
	readonly [Kind in Op['kind']]: (lane: Lane, op: Op & { kind: Kind }) => Dispatch[];
};
export type ForwardTable<Lane, Dispatch> = DispatchTable<Convolution | Combine, Lane, Dispatch>;
export type BackwardTable<Lane, Dispatch> = DispatchTable<BackwardOp, Lane, Dispatch>;

/** The dispatches of all operations, in their order. */
export function dispatchesOf<Op extends { readonly kind: string }, Lane, Dispatch>(
	lane: Lane,
	ops: readonly Op[],
	table: DispatchTable<Op, Lane, Dispatch>
): Dispatch[] {
	return ops.flatMap((op) => {
		// TypeScript does not see that the entry found by an operation's kind takes that operation.
		const make = table[op.kind as Op['kind']] as (lane: Lane, op: Op) => Dispatch[];
		return make(lane, op);
	});
}
