/** The plan of a network on this backend. */
import type { Network } from '$lib/network';
import { compileFor } from '../plan/dispatches';
import type { BackwardOp, ForwardOp, Plan } from '../plan/plan';
import { BACKWARD } from './backward';
import { refusesConv } from './conv';
import { SAMPLERS } from './elementwise';
import { FORWARD } from './forward';

/** @throws UnplannedError naming a node that this backend has no kernels for */
export const compile = (network: Network): Plan =>
	compileFor(network, { ...FORWARD, ...BACKWARD }, refuses);

function refuses(op: ForwardOp | BackwardOp): boolean {
	if (op.kind === 'conv') return refusesConv(op);
	// The joined map is read by one program.
	return op.kind === 'concat' && op.from.length > SAMPLERS;
}
