/** Repeats a training step operation by operation, to find the first value that is not finite. */
import type { NotFinite } from '../engine';
import { nodeOf } from '../plan/dispatches';
import type { BackwardOp } from '../plan/plan';
import { backwardDispatches } from './backward';
import { mapSums } from './probes';
import type { Resources, Step } from './resources';
import { norm } from './update';

/** Runs after a forward pass. Returns the first node whose output or gradient has a value that is not finite, or null. */
export function diagnose(lane: Resources, step: Step): NotFinite | null {
	const { plan, parameters } = lane;
	const { parameters: all } = plan.network;
	const finite = (map: number) => Number.isFinite(mapSums(lane, map)(step.images)[1]);
	for (const op of plan.forward) {
		const map = op.kind === 'conv' ? op.y : op.z;
		if (!finite(map)) return { node: op.node, pass: 'forward' };
	}
	for (const op of plan.backward) {
		for (const dispatch of backwardDispatches(lane, [op])) dispatch(step);
		if (!writtenBy(op).every(finite)) return { node: nodeOf(op), pass: 'backward' };
	}
	const bad = all.findLast((_, i) => !Number.isFinite(norm(lane, parameters.gradients, i)()));
	return bad ? { node: bad.node, pass: 'backward' } : null;
}

/** The maps that an operation writes, if it computes a gradient of its own. */
function writtenBy(op: BackwardOp): number[] {
	switch (op.kind) {
		case 'headGrad':
		case 'inputGrad':
			return [op.dx.buffer];
		case 'combineGrad':
			return op.dy ? [op.dy.buffer] : [];
		default:
			return [];
	}
}
