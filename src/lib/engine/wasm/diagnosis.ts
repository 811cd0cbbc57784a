/** Repeats a training step operation by operation, to find the first value that is not finite. */
import type { NotFinite } from '../engine';
import { nodeOf } from '../plan/dispatches';
import type { BackwardOp, Target } from '../plan/plan';
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

/** The maps in which an operation writes a gradient. */
function writtenBy(op: BackwardOp): number[] {
	const buffers = (...targets: (Target | null)[]) => targets.flatMap((to) => to?.buffer ?? []);
	switch (op.kind) {
		case 'combineGrad':
			return buffers(op.dy);
		case 'concatGrad':
			return buffers(...op.dx);
		case 'multiplyGrad':
			return buffers(op.da, op.db);
		case 'kernelGrad':
		case 'subsampleGrad':
		case 'measure':
			return [];
		default:
			return buffers(op.dx);
	}
}
