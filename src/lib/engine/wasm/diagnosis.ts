/** Repeats a training step operation by operation, to find the first value that is not finite. */
import type { NotFinite } from '../engine';
import type { BackwardOp } from '../plan/plan';
import { backwardDispatches } from './backward';
import { mapSums } from './probes';
import type { Resources, Step } from './resources';
import { norm } from './update';

/** Runs after a forward pass. Returns the first node whose output or gradient has a value that is not finite, or null. */
export function diagnose(lane: Resources, step: Step): NotFinite | null {
	const { plan, parameters } = lane;
	const { nodes, parameters: all } = plan.network;
	const finite = (map: number) => Number.isFinite(mapSums(lane, map)(step.images)[1]);
	for (const op of plan.forward) {
		const map = op.kind === 'conv' ? op.y : op.z;
		if (!finite(map)) return { node: op.node, pass: 'forward' };
	}
	for (const op of plan.backward) {
		for (const dispatch of backwardDispatches(lane, [op])) dispatch(step);
		const node = op.kind === 'headGrad' ? nodes[nodes.length - 1].node.id : nodeOf(op);
		if (node !== null && !writtenBy(op).every(finite)) return { node, pass: 'backward' };
	}
	const bad = all.findLast((_, i) => !Number.isFinite(norm(lane, parameters.gradients, i)()));
	return bad ? { node: bad.node, pass: 'backward' } : null;
}

/** The node whose gradient an operation computes; null if it only adds to another's. */
function nodeOf(op: Exclude<BackwardOp, { kind: 'headGrad' }>): string | null {
	if (op.kind === 'combineGrad') return op.combine.node;
	return op.kind === 'inputGrad' ? op.conv.node : null;
}

/** The maps that an operation writes. */
function writtenBy(op: BackwardOp): number[] {
	if (op.kind === 'headGrad') return [op.dz];
	if (op.kind === 'combineGrad') return [op.combine.y];
	return op.kind === 'inputGrad' ? [op.dx] : [];
}
