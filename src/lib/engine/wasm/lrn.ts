/** The dispatches of local response normalisation and of its gradient. */
import type { BackwardOp, Lrn } from '../plan/plan';
import { walk, type Place } from './places';
import type { Dispatch, Resources } from './resources';

/** The constants, and memory for `rows` rows of a pixel's channels with the windows that begin before and end after them. */
function constants({ module }: Resources, { size, alpha, beta, k }: Lrn, map: Place, rows: number) {
	const scratchBytes = rows * (map.pixel + 2 * size * 4);
	const scratch = module.allocate(scratchBytes * module.threads);
	return { size, alpha, beta, k, scratch, scratchBytes, ...walk(map) };
}

export function lrnForward(lane: Resources, op: Lrn): Dispatch[] {
	const { module, places } = lane;
	const [x, z] = [places[op.x], places[op.z]];
	const lrn = module.kernel('lrn', { x: x.inner, z: z.inner, ...constants(lane, op, x, 1) });
	return [({ images }) => lrn({ images })];
}

export function lrnBackward(
	lane: Resources,
	{ lrn: op, dz, dx }: BackwardOp & { kind: 'lrnGrad' }
): Dispatch[] {
	const { module, places } = lane;
	const x = places[op.x];
	const lrnGrad = module.kernel('lrnGrad', {
		dz: places[dz].inner,
		x: x.inner,
		dx: places[dx.buffer].inner,
		...constants(lane, op, x, 2),
		accumulate: dx.accumulate ? 1 : 0
	});
	return [({ images }) => lrnGrad({ images })];
}
