/**
 * The layout of maps in textures, and the code that all shaders share.
 *
 * A fragment writes up to eight textures at once and every read is a fetch, so the columns of a map are spread over the
 * layers of a texture array: column c is in layer c mod P (P = 8, or 4 in narrow maps) at tile c div P. A fragment then
 * computes P neighbouring pixels of one group of four channels, and reads each pixel that it needs once.
 * Along x stand `across` images beside each other, `tiles` tiles each; along y groups, then rows of images, each image
 * with a row of zeros above and below. Columns beyond a map's width and images beyond the batch are zeros where a
 * convolution or a sum reads them.
 */
import type { Batch } from '$lib/base/image';
import type { Activation } from '$lib/network';
import { ACTIVATION_FORMULAS } from '../math/activations';
import { each, glsl } from '../math/print';
import { padded, type MapShape } from '../plan/plan';

export interface MapLayout extends MapShape {
	/** Number of groups of four channels. */
	readonly groups: number;
	/** Columns per tile, which is the number of layers of the texture. */
	readonly columns: number;
	readonly tiles: number;
	/** Number of images side by side, and number of rows of images. */
	readonly across: number;
	readonly down: number;
	/** Size of the texture in texels. */
	readonly texels: readonly [width: number, height: number, layers: number];
}

/** Least number of images side by side, so that fragments fill 2×2 quads. */
const ACROSS = 4;

/** Number of images side by side with which every map of a batch fits into textures of at most `largest` rows. */
export function imagesAcross(shapes: readonly MapShape[], images: number, largest: number): number {
	const rows = Math.max(
		...shapes.map(({ height, channels }) => (padded(channels) / 4) * (height + 2))
	);
	const down = Math.max(1, Math.floor(largest / rows));
	return Math.max(ACROSS, Math.ceil(images / down));
}

export function mapLayout(shape: MapShape, images: number, across: number): MapLayout {
	const groups = padded(shape.channels) / 4;
	const columns = shape.width > 4 ? 8 : 4;
	const tiles = Math.ceil(shape.width / columns);
	const down = Math.ceil(images / across);
	return {
		...shape,
		groups,
		columns,
		tiles,
		across,
		down,
		texels: [across * tiles, groups * down * (shape.height + 2), columns]
	};
}

/** Number of texel rows of one group of channels. */
export const groupRows = ({ down, height }: MapLayout) => down * (height + 2);

/** Texels per row of the flat textures: parameters, gradients, metrics. */
export const ROW = 256;

/** Declarations for all shaders; `Programs.run` sets the uniforms of the step and of the draw. */
export const HEADER = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2DArray;
uniform int count, training, optimiser, first;
uniform float clip, gate;
uniform vec4 recipe;
uniform uvec2 dropout;
vec4 flatTexel(sampler2DArray t, int i) { return texelFetch(t, ivec3(i & ${ROW - 1}, i >> ${Math.log2(ROW)}, 0), 0); }
`;

/**
 * Computes the position of a fragment in a map's texture: `at`, group `g`, image (`nx`, `ny`) and `n`, `row`, tile `X`. Writes
 * zeros to the rows between images.
 */
export function position(map: MapLayout): string {
	const rows = map.height + 2;
	return `
	ivec2 at = ivec2(gl_FragCoord.xy);
	int g = at.y / ${groupRows(map)};
	int ny = (at.y - g * ${groupRows(map)}) / ${rows};
	int row = at.y - g * ${groupRows(map)} - ny * ${rows} - 1;
	int nx = at.x / ${map.tiles};
	int X = at.x - nx * ${map.tiles};
	int n = ny * ${map.across} + nx;
	if (row < 0 || row >= ${map.height}) {
		${each(map.columns, (p) => `out${p} = vec4(0);`)}
		return;
	}`;
}

/** Texel row for a pixel row of an image and group; rows −1 and `height` are zeros. */
export const rowOf = (map: MapLayout, group: string, row: string) =>
	`(${group}) * ${groupRows(map)} + ny * ${map.height + 2} + (${row}) + 1`;

/**
 * A pixel of another map: column X · `step` + `offset` of the texel row `y` of image nx, zeros beyond the map.
 */
export function columnOf(
	map: MapLayout,
	sampler: string,
	y: string,
	step: number,
	offset: number
): string {
	const { columns, tiles } = map;
	if (step % columns === 0) {
		const jump = Math.floor(offset / columns);
		const tile = `X * ${step / columns} + ${jump}`;
		const texel = `texelFetch(${sampler}, ivec3(nx * ${tiles} + ${tile}, ${y}, ${offset - jump * columns}), 0)`;
		const guards = [jump < 0 && `${tile} >= 0`, `${tile} < ${tiles}`].filter(Boolean);
		return `(${guards.join(' && ')} ? ${texel} : vec4(0))`;
	}
	const c = `(X * ${step} + ${offset})`;
	const texel = `texelFetch(${sampler}, ivec3(nx * ${tiles} + (${c} >> ${Math.log2(columns)}), ${y}, ${c} & ${columns - 1}), 0)`;
	return `(${c} >= 0 && ${c} < ${tiles * columns} ? ${texel} : vec4(0))`;
}

/** Whether column p of tile X is part of the map; empty where all are. */
export function insideMap(map: MapLayout, p: number): string {
	const { width, columns, tiles } = map;
	return (tiles - 1) * columns + p < width ? '' : `X < ${tiles - 1}`;
}

/** Replaces a value by zero outside the map's width. */
export function masked(map: MapLayout, p: number, value: string): string {
	const test = insideMap(map, p);
	return test ? `(${test} ? ${value} : vec4(0))` : value;
}

/** A factor that is 1 in real channels and 0 in padding; null if there is no padding. */
export function channelMask({ channels, groups }: MapLayout, group = 'g'): string | null {
	const rest = channels % 4;
	if (!rest) return null;
	const ones = [0, 1, 2, 3].map((k) => (k < rest ? '1' : '0')).join();
	return `(${group} == ${groups - 1} ? vec4(${ones}) : vec4(1))`;
}

/** The activation as a function of a vec4. */
export function activation(kind: Activation | null): string {
	const body = kind ? ACTIVATION_FORMULAS[kind].value(glsl(), 'x') : 'x';
	return `vec4 activate(vec4 x) { return ${body}; }`;
}

/** dy · f′ in terms of the activation's output y. */
export function activationGradient(kind: Activation | null): string {
	const body = kind ? ACTIVATION_FORMULAS[kind].gradient(glsl(), 'dy', 'y') : 'dy';
	return `vec4 activateGradient(vec4 dy, vec4 y) { return ${body}; }`;
}

/** Writes images `[N, H, W, C]` into a map of zeros. */
export function layOutImages({ images, shape }: Batch, map: MapLayout, to: Float32Array): void {
	const [count, height, width, channels] = shape;
	const [across, texelRows] = map.texels;
	let from = 0;
	for (let n = 0; n < count; n++) {
		const ny = Math.floor(n / map.across);
		const nx = n % map.across;
		for (let y = 0; y < height; y++)
			for (let x = 0; x < width; x++)
				for (let c = 0; c < channels; c++) {
					const row = ((c >> 2) * map.down + ny) * (height + 2) + y + 1;
					const column = nx * map.tiles + Math.floor(x / map.columns);
					const layer = x % map.columns;
					to[((layer * texelRows + row) * across + column) * 4 + (c & 3)] = images[from++];
				}
	}
}
