/** The dispatches of dropout, in mid-network and in heads; its mask is drawn again in the backward pass. */
import { dropoutKey, dropoutThreshold } from '../optimiser';
import type { BackwardOp, Drop } from '../plan/plan';
import { walk, type Place } from './places';
import type { Dispatch, Resources } from './resources';

/** z = x · mask, or added to z. x and z may be the same map. */
export function dropping(
	{ module, seed }: Resources,
	{ node, rate, perImage }: Pick<Drop, 'node' | 'rate' | 'perImage'>,
	x: Place,
	z: Place,
	accumulate = false
): Dispatch {
	const drop = module.kernel('drop', {
		x: x.inner,
		z: z.inner,
		perImage: perImage ? 1 : 0,
		real: z.shape.channels,
		number: 1,
		...walk(z),
		accumulate: accumulate ? 1 : 0
	});
	return ({ images, dropoutStep }) =>
		drop(
			dropoutStep === null
				? { images, key: 0, threshold: 0, factor: 1 }
				: {
						images,
						key: dropoutKey(seed, dropoutStep, node),
						threshold: dropoutThreshold(rate),
						factor: 1 / (1 - rate)
					}
		);
}

export const dropForward = (lane: Resources, op: Drop): Dispatch[] => [
	dropping(lane, op, lane.places[op.x], lane.places[op.z])
];

export const dropBackward = (
	lane: Resources,
	{ drop, dz, dx }: BackwardOp & { kind: 'dropGrad' }
): Dispatch[] => [dropping(lane, drop, lane.places[dz], lane.places[dx.buffer], dx.accumulate)];
