/** The dispatches of pooling and of its gradient, in mid-network and in heads. */
import type { BackwardOp, Pool, Target } from '../plan/plan';
import { walk, type Place } from './places';
import type { Dispatch, Resources } from './resources';

type Windows = Pick<Pool, 'of' | 'kernel' | 'stride' | 'padding'>;

/** One window that covers a map. */
export const wholeMap = ({ shape: { height, width } }: Place): Windows => ({
	of: 'average',
	kernel: [height, width],
	stride: 1,
	padding: 0
});

const windows = ({ of, kernel, stride, padding }: Windows, x: Place) => ({
	max: of === 'max' ? 1 : 0,
	kernelRows: kernel[0],
	kernelColumns: kernel[1],
	stride,
	padding,
	height: x.shape.height,
	width: x.shape.width,
	xImage: x.image,
	xRow: x.row
});

/** Pools x into z. */
export function pooling({ module }: Resources, x: Place, z: Place, how: Windows): Dispatch {
	const pool = module.kernel('pool', {
		x: x.inner,
		z: z.inner,
		...windows(how, x),
		...walk(z)
	});
	return ({ images }) => pool({ images });
}

/** @param maps places of x and z; only a maximum needs them */
export function poolingBackward(
	lane: Resources,
	dz: Place,
	{ buffer, accumulate }: Target,
	how: Windows,
	maps?: { readonly x: Place; readonly z: Place }
): Dispatch[] {
	const dx = lane.places[buffer];
	const poolGrad = lane.module.kernel('poolGrad', {
		dz: dz.inner,
		x: maps?.x.inner ?? 0,
		z: maps?.z.inner ?? 0,
		dx: dx.inner,
		...windows(how, dx),
		...walk(dz)
	});
	return [...(accumulate ? [] : [clearing(lane, dx)]), ({ images }) => poolGrad({ images })];
}

function clearing({ module }: Resources, map: Place): Dispatch {
	const clear = module.kernel('clear', { z: map.inner, ...walk(map) });
	return ({ images }) => clear({ images });
}

export const poolForward = (lane: Resources, op: Pool): Dispatch[] => [
	pooling(lane, lane.places[op.x], lane.places[op.z], op)
];

export function poolBackward(
	lane: Resources,
	{ pool, dz, dx }: BackwardOp & { kind: 'poolGrad' }
): Dispatch[] {
	const { places } = lane;
	const maps = { x: places[pool.x], z: places[pool.z] };
	return poolingBackward(lane, places[dz], dx, pool, maps);
}
