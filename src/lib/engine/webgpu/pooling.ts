/** Shaders of pooling in windows: the largest value or the mean of each, and its gradient. */
import type { Pool } from '../plan/plan';
import { ownAt, perPixel, pixelAt, shader, type Grid, type Shader } from './shader';

export interface PoolSizes extends Pick<Pool, 'of' | 'kernel' | 'stride' | 'padding'> {
	readonly x: Grid;
	readonly z: Grid;
}

/** A loop over the pixels (`y`, `x`) of a window that lie within the map, with their value `v`. */
function eachOfWindow(
	{ x: map, kernel: [kh, kw], stride, padding }: PoolSizes,
	{ row, column }: { readonly row: string; readonly column: string },
	body: string
): string {
	const inside = (place: string, size: number) =>
		`if (${place} < 0 || ${place} >= ${size}) { continue; }`;
	return `for (var a = 0; a < ${kh}; a++) {
		let y = i32(${row}) * ${stride} + a - ${padding};
		${inside('y', map.height)}
		for (var b = 0; b < ${kw}; b++) {
			let x = i32(${column}) * ${stride} + b - ${padding};
			${inside('x', map.width)}
			let v = source[${pixelAt(map, 'u32(y)', 'u32(x)')}];
			${body}
		}
	}`;
}

/** Whether a value replaces the largest so far: NaN does, as in PyTorch. */
const BETTER = '(v > most) | (v != v)';
const LEAST = 'vec4f(-3.4e38)';

/** Buffers: x, z. */
export function poolShader(sizes: PoolSizes): Shader {
	const { of, z, kernel } = sizes;
	const own = { row: 'row', column: 'column' };
	return shader(perPixel(z), {
		buffers: { source: 'r', z: 'rw' },
		main:
			of === 'max'
				? `
	var most = ${LEAST};
	${eachOfWindow(sizes, own, `most = select(most, v, ${BETTER});`)}
	z[${ownAt(z)}] = most;`
				: `
	var sum = vec4f(0);
	${eachOfWindow(sizes, own, 'sum += v;')}
	z[${ownAt(z)}] = sum / ${kernel[0] * kernel[1]};`
	});
}

/**
 * The gradient with respect to x: a pixel sums over the windows that it is in. Of equal largest values, the first in
 * row-major order takes the gradient, as in PyTorch. Buffers: x (of a maximum), dz, dx.
 */
export function poolGradShader(sizes: PoolSizes, accumulate: boolean): Shader {
	const { of, x, z, kernel, stride, padding } = sizes;
	/** The windows along an axis that have the pixel at a place. */
	const windows = (name: string, place: string, size: number, count: number) => `
	let ${name}First = max(0, (i32(${place}) + ${padding - size + stride}) / ${stride});
	let ${name}End = min(${count}, (i32(${place}) + ${padding}) / ${stride} + 1);`;
	const at = pixelAt(z, 'u32(down)', 'u32(along)');
	return shader(perPixel(x), {
		buffers: { source: of === 'max' && 'r', dz: 'r', dx: 'rw' },
		main: `
	${windows('down', 'row', kernel[0], z.height)}
	${windows('along', 'column', kernel[1], z.width)}
	var sum = vec4f(0);
	for (var down = downFirst; down < downEnd; down++) {
		for (var along = alongFirst; along < alongEnd; along++) {
			${
				of === 'max'
					? `var most = ${LEAST};
			var place = vec4i(-1);
			${eachOfWindow(sizes, { row: 'down', column: 'along' }, `let better = ${BETTER};\n\t\t\tmost = select(most, v, better);\n\t\t\tplace = select(place, vec4i(y * ${x.width} + x), better);`)}
			sum += select(vec4f(0), dz[${at}], place == vec4i(i32(row * ${x.width}u + column)));`
					: `sum += dz[${at}];`
			}
		}
	}
	dx[${ownAt(x)}] ${accumulate ? '+=' : '='} sum${of === 'max' ? '' : ` / ${kernel[0] * kernel[1]}`};`
	});
}
