/** The dispatches of products: of two maps, and of a map and one learned number. */
import type { BackwardOp, Multiply, Scale } from '../plan/plan';
import { walk, type Place } from './places';
import type { Dispatch, Resources } from './resources';

/** How a · (offset + factor · b) multiplies a. */
const terms = ({ complement }: Multiply) =>
	complement ? { offset: 1, factor: -1 } : { offset: 0, factor: 1 };

export function multiplyForward(lane: Resources, op: Multiply): Dispatch[] {
	const [a, z] = [lane.places[op.a], lane.places[op.z]];
	return [product(lane, op, { a, z, ...terms(op), accumulate: 0 })];
}

export function multiplyBackward(
	lane: Resources,
	{ multiply: op, ...own }: BackwardOp & { kind: 'multiplyGrad' }
): Dispatch[] {
	const { module, places } = lane;
	const [a, dz] = [places[op.a], places[own.dz]];
	const list: Dispatch[] = [];
	if (own.da)
		list.push(
			product(lane, op, {
				a: dz,
				z: places[own.da.buffer],
				...terms(op),
				accumulate: own.da.accumulate ? 1 : 0
			})
		);
	if (own.db) {
		const db = places[own.db.buffer];
		const given = {
			a: dz.inner,
			b: a.inner,
			z: db.inner,
			factor: terms(op).factor,
			...walk(dz),
			accumulate: own.db.accumulate ? 1 : 0
		};
		if (op.perChannel) {
			const multiplySums = module.kernel('multiplySums', { ...given, zImage: db.image });
			list.push(({ images }) => multiplySums({ images }));
		} else {
			const [bImage, bRow, bPixel] = [a.image, a.row, a.pixel];
			const multiply = module.kernel('multiply', { ...given, offset: 0, bImage, bRow, bPixel });
			list.push(({ images }) => multiply({ images }));
		}
	}
	return list;
}

/** z = a · (offset + factor · b), with the operation's b. */
function product(
	{ module, places }: Resources,
	op: Multiply,
	{
		a,
		z,
		...how
	}: {
		readonly a: Place;
		readonly z: Place;
		readonly offset: number;
		readonly factor: number;
		readonly accumulate: number;
	}
): Dispatch {
	const b = places[op.b];
	const multiply = module.kernel('multiply', {
		a: a.inner,
		b: b.inner,
		z: z.inner,
		...how,
		...walk(z),
		bImage: b.image,
		bRow: op.perChannel ? 0 : b.row,
		bPixel: op.perChannel ? 0 : b.pixel
	});
	return ({ images }) => multiply({ images });
}

export function scaleForward({ module, places, parameters }: Resources, op: Scale): Dispatch[] {
	const [x, z] = [places[op.x], places[op.z]];
	const scale = module.kernel('scale', { x: x.inner, z: z.inner, ...walk(z), accumulate: 0 });
	return [
		({ images }) => {
			const [factor] = parameters.view(parameters.values, op.parameter);
			scale({ images, factor });
		}
	];
}

/** dα = Σ dz x + λ sign(α), dx = α dz. */
export function scaleBackward(
	{ module, places, parameters, sums }: Resources,
	{ scale: op, dz, dx }: BackwardOp & { kind: 'scaleGrad' }
): Dispatch[] {
	const from = places[dz];
	const mapProduct = module.kernel('mapProduct', {
		a: from.inner,
		b: places[op.x].inner,
		sums,
		...walk(from)
	});
	const scale =
		dx &&
		module.kernel('scale', {
			x: from.inner,
			z: places[dx.buffer].inner,
			...walk(from),
			accumulate: dx.accumulate ? 1 : 0
		});
	return [
		({ images }) => {
			const [factor] = parameters.view(parameters.values, op.parameter);
			const gradient = parameters.view(parameters.gradients, op.parameter);
			mapProduct({ images });
			const product = module.doubles(sums, images).reduce((a, b) => a + b, 0);
			gradient[0] = product + op.penalty * Math.sign(factor);
			scale?.({ images, factor });
		}
	];
}
