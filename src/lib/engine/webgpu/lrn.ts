/** Shaders of local response normalisation, z = x · s^−β with s = k + α Σ x² over `size` neighbouring channels, and its gradient. */
import { each } from '../math/print';
import type { Lrn } from '../plan/plan';
import { clearPadding, ownAt, perPixel, shader, type Grid, type Shader } from './shader';

export interface LrnSizes extends Pick<Lrn, 'size' | 'alpha' | 'beta' | 'k'> {
	/** Layout of x and z. */
	readonly map: Grid;
}

const reachOf = ({ size }: LrnSizes) => {
	const before = Math.floor(size / 2);
	return { before, after: size - 1 - before };
};

/** Loads the channels of the thread's pixel from `first` to `end`, counted from the group's own first, as `name`. */
function load(name: string, { map }: LrnSizes, groups: number): string {
	return `var ${name}: array<f32, ${(2 * groups + 1) * 4}>;
	for (var j = 0u; j < ${2 * groups + 1}u; j++) {
		if (group + j >= ${groups}u && group + j < ${map.groups + groups}u) {
			let four = ${name}Of[at + j - ${groups}u];
			for (var k = 0u; k < 4u; k++) { ${name}[j * 4u + k] = four[k]; }
		}
	}`;
}

/** s of channel c, an expression in terms of the loaded channels; `away` is c as counted from the group's own first. */
const scaleOf = (sizes: LrnSizes, away: number, groups: number) => {
	const { before, after } = reachOf(sizes);
	const squares = Array.from({ length: before + after + 1 }, (_, i) => {
		const c = groups * 4 + away - before + i;
		return `x[${c}] * x[${c}]`;
	});
	return `${sizes.k} + ${sizes.alpha} * (${squares.join(' + ')})`;
};

/** Buffers: x, z. */
export function lrnShader(sizes: LrnSizes): Shader {
	const { map, beta } = sizes;
	const groups = Math.ceil(reachOf(sizes).before / 4);
	return shader(perPixel(map), {
		buffers: { xOf: 'r', z: 'rw' },
		main: `
	let at = ${ownAt(map)};
	${load('x', sizes, groups)}
	var result = vec4f(0);
${each(4, (k) => `	result[${k}] = x[${groups * 4 + k}] * pow(${scaleOf(sizes, k, groups)}, ${-beta});`)}
	${clearPadding(map, 'result')}
	z[at] = result;`
	});
}

/** dx = dz s^−β − 2αβ x Σ dz x s^(−β−1), summed over the channels in whose neighbourhood x is. Buffers: x, dz, dx. */
export function lrnGradShader(sizes: LrnSizes, accumulate: boolean): Shader {
	const { map, alpha, beta } = sizes;
	const { before, after } = reachOf(sizes);
	// The neighbours' neighbours.
	const groups = Math.ceil((before + after) / 4);
	const first = groups * 4;
	const through = Array.from({ length: 4 + before + after }, (_, i) => {
		const away = i - after;
		const c = first + away;
		return `	let s${i} = ${scaleOf(sizes, away, groups)};
	let t${i} = dz[${c}] * x[${c}] * pow(s${i}, ${-beta - 1});`;
	});
	return shader(perPixel(map), {
		buffers: { xOf: 'r', dzOf: 'r', dx: 'rw' },
		main: `
	let at = ${ownAt(map)};
	${load('x', sizes, groups)}
	${load('dz', sizes, groups)}
${through.join('\n')}
	var result = vec4f(0);
${each(4, (k) => {
	const met = Array.from({ length: before + after + 1 }, (_, i) => `t${k + i}`);
	return `	result[${k}] = dz[${first + k}] * pow(s${k + after}, ${-beta}) - ${2 * alpha * beta} * x[${first + k}] * (${met.join(' + ')});`;
})}
	${clearPadding(map, 'result')}
	dx[at] ${accumulate ? '+=' : '='} result;`
	});
}
