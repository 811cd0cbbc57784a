/** The plan of a network on this backend. */
import type { Network } from '$lib/network';
import { compile as compilePlan } from '../plan/compile';
import { UnplannedError, type ForwardOp, type Plan } from '../plan/plan';
import { refusesConv } from './conv';
import { SAMPLERS } from './elementwise';

/** Checks, before anything is allocated, that there are programs for all operations. @throws UnplannedError naming the first without */
export function compile(network: Network): Plan {
	const plan = compilePlan(network);
	const lacking = plan.forward.find(refuses);
	if (!lacking) return plan;
	const described = plan.network.nodes.find(({ node }) => node.id === lacking.node);
	throw new UnplannedError(lacking.node, described?.node.type);
}

function refuses(op: ForwardOp): boolean {
	if (op.kind === 'conv') return refusesConv(op);
	// One program reads all maps that it joins.
	return op.kind === 'concat' && op.from.length > SAMPLERS;
}
