/** Shaders of what works value by value: joining channels, products, a learned factor, dropout; and their gradients. */
import type { Multiply } from '../plan/plan';
import { DROPOUT } from './dropout';
import { ownAt, perPixel, pixelAt, pixelStart, shader, type Grid, type Shader } from './shader';

const assign = (accumulate: boolean) => (accumulate ? '+=' : '=');

/** Runs `body` for the real channels `k` of a group, where `to` is the place of each in the joined map. */
const eachJoined = (from: Grid, joined: Grid, offset: number, body: string) => `
	let to = (${pixelStart(joined)}) * 4u + ${offset}u + group * 4u;
	for (var k = 0u; k < 4u; k++) {
		if (group * 4u + k < ${from.channels}u) { ${body} }
	}`;

/** Copies a map to the channels from `offset` on of the map that joins several. Buffers: source, z. */
export function concatShader(from: Grid, z: Grid, offset: number): Shader {
	return shader(perPixel(from), {
		buffers: { source: 'r', z: 'rw f32' },
		main: `
	let value = source[${ownAt(from)}];
	${eachJoined(from, z, offset, 'z[to + k] = value[k];')}`
	});
}

/** Buffers: dz, dx. */
export function concatGradShader(dx: Grid, dz: Grid, offset: number, accumulate: boolean): Shader {
	return shader(perPixel(dx), {
		buffers: { dz: 'r f32', dx: 'rw' },
		main: `
	var value = vec4f(0);
	${eachJoined(dx, dz, offset, 'value[k] = dz[to + k];')}
	dx[${ownAt(dx)}] ${assign(accumulate)} value;`
	});
}

export interface MultiplySizes extends Pick<Multiply, 'perChannel' | 'complement'> {
	/** Layout of a and z. */
	readonly a: Grid;
	readonly b: Grid;
}

/** The factor of the thread's value of a. */
function factor({ a, b, perChannel, complement }: MultiplySizes): string {
	const own = `factors[${perChannel ? pixelAt(b, '0u', '0u') : ownAt(a)}]`;
	return complement ? `(1 - ${own})` : own;
}

/** z = a · b, or a · (1 − b). Buffers: a, factors (b), z. */
export function multiplyShader(sizes: MultiplySizes): Shader {
	return shader(perPixel(sizes.a), {
		buffers: { a: 'r', factors: 'r', z: 'rw' },
		main: `
	let at = ${ownAt(sizes.a)};
	z[at] = a[at] * ${factor(sizes)};`
	});
}

/** The gradient with respect to a. Buffers: dz, factors (b), da. */
export function multiplyGradShader(sizes: MultiplySizes, accumulate: boolean): Shader {
	return shader(perPixel(sizes.a), {
		buffers: { dz: 'r', factors: 'r', da: 'rw' },
		main: `
	let at = ${ownAt(sizes.a)};
	da[at] ${assign(accumulate)} dz[at] * ${factor(sizes)};`
	});
}

/** The gradient with respect to b, which a factor per channel sums over the pixels. Buffers: dz, a, db. */
export function factorGradShader(
	{ a, b, perChannel, complement }: MultiplySizes,
	accumulate: boolean
): Shader {
	const product = perChannel
		? `for (var y = 0u; y < ${a.height}u; y++) {
		for (var x = 0u; x < ${a.width}u; x++) {
			let at = ${pixelAt(a, 'y', 'x')};
			sum = fma(dz[at], a[at], sum);
		}
	}`
		: `let at = ${ownAt(a)};
	sum = dz[at] * a[at];`;
	return shader(perPixel(b), {
		buffers: { dz: 'r', a: 'r', db: 'rw' },
		main: `
	var sum = vec4f(0);
	${product}
	db[${ownAt(b)}] ${assign(accumulate)} ${complement ? '-sum' : 'sum'};`
	});
}

/** α x, or α dz. Buffers: source, result; alpha. */
export function scaleShader(map: Grid, accumulate: boolean): Shader {
	return shader(perPixel(map), {
		buffers: { source: 'r', result: 'rw', alpha: 'r f32' },
		main: `
	let at = ${ownAt(map)};
	result[at] ${assign(accumulate)} alpha[0] * source[at];`
	});
}

/** Dropout of x, or of dz, with one draw for each value or for each image. Buffers: source, result; draw. */
export function dropShader(
	map: Grid,
	{ rate, perImage }: { readonly rate: number; readonly perImage: boolean },
	accumulate: boolean
): Shader {
	const { height, width, channels } = map;
	const first = `((n * ${height}u + row) * ${width}u + column) * ${channels}u + group * 4u`;
	return shader(perPixel(map), {
		buffers: { source: 'r', result: 'rw', draw: 'r u32' },
		declarations: DROPOUT(rate),
		main: `
	let at = ${ownAt(map)};
	result[at] ${assign(accumulate)} source[at] * ${perImage ? 'kept(n)' : `keptFrom(${first})`};`
	});
}
