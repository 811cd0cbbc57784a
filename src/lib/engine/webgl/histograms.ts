/**
 * Counts a step's histograms (`engine/histogram.ts`) where the numbers are. A fragment can add to no place but its own, so
 * every value is drawn as a point on its bin, and blending adds the points up.
 */
import {
	BINS,
	convOf,
	countedMaps,
	histogramIndex,
	HISTOGRAMS,
	ZERO_BIN,
	type HistogramName
} from '../histogram';
import { padded } from '../plan/plan';
import { groupRows, type MapLayout } from './layout';
import type { Dispatch, Points } from './programs';
import type { Resources } from './resources';

/** Texels of one histogram: a bin is one of their four numbers. */
const WIDTH = Math.ceil(BINS / 4);

/** Rows, at most, that the points of one histogram are dealt out to: many points on one texel wait for each other. */
const SPREAD = 16;

/** The largest integer up to which 32-bit floats count by ones. */
const MOST = 2 ** 24;

/** Puts a point on the bin of the value that the vertex shader's `value` returns for the vertex. */
const points = (spread: number, value: string): string => `flat out vec4 one;
${value}
void main() {
	uint bits = floatBitsToUint(value(gl_VertexID));
	int bin = (bits << 1) == 0u ? ${ZERO_BIN} : int(bits >> 23);
	one = vec4(0);
	one[bin & 3] = 1.;
	vec2 at = (vec2(bin >> 2, gl_VertexID % ${spread}) + 0.5) / vec2(${WIDTH}, ${spread});
	gl_Position = vec4(at * 2. - 1., 0, 1);
	gl_PointSize = 1.;
}`;

const POINT = 'flat in vec4 one;\nvoid main() { out0 = one; }';
const CLEAR = 'void main() { out0 = vec4(0); }';

/** Adds the rows of each histogram up. Input: rows. */
const sumShader = (spread: number) => `void main() {
	ivec2 at = ivec2(gl_FragCoord.xy);
	vec4 sum = vec4(0);
	for (int i = 0; i < ${spread}; i++) sum += texelFetch(rows, ivec3(at.x, at.y * ${spread} + i, 0), 0);
	out0 = sum;
}`;

/** Value i of a map's images, by image, row, column and channel. */
const mapValue = (map: MapLayout): string => `float value(int i) {
	int pixel = i / ${map.channels};
	int c = i - pixel * ${map.channels};
	int line = pixel / ${map.width};
	int x = pixel - line * ${map.width};
	int n = line / ${map.height};
	int row = line - n * ${map.height};
	int ny = n / ${map.across};
	int nx = n - ny * ${map.across};
	int y = (c >> 2) * ${groupRows(map)} + ny * ${map.height + 2} + row + 1;
	return texelFetch(z, ivec3(nx * ${map.tiles} + x / ${map.columns}, y, x % ${map.columns}), 0)[c & 3];
}`;

/** Value i of a kernel `[tap][inputs][outputs]`. @param texel the four numbers at a texel of the parameters */
const kernelValue = (
	inputs: number,
	outputs: number,
	texel: string
): string => `float value(int i) {
	int row = i / ${outputs};
	int k = i - row * ${outputs};
	int tap = row / ${inputs};
	int at = first + (tap * ${padded(inputs)} + row - tap * ${inputs}) * ${padded(outputs) / 4} + (k >> 2);
	return (${texel})[k & 3];
}`;

/**
 * What a step that counts draws besides, after each of its lists, and the counts, a row of texels for each histogram; null
 * where the device cannot count: without blending of 32-bit floats, or for too many layers or values.
 */
export function countingOf(lane: Resources) {
	const { plan, maps, layouts, memory, parameters } = lane;
	const { layers } = plan.network;
	const total = HISTOGRAMS.length * layers.length;
	const spread = Math.min(SPREAD, Math.floor(memory.largest / total));
	const counted = countedMaps(plan);
	const valuesOf = ({ height, width, channels }: MapLayout) => height * width * channels;
	const most = Math.max(...counted.map(({ buffer }) => valuesOf(layouts[buffer]))) * lane.images;
	if (!memory.gl.getExtension('EXT_float_blend') || most / spread > MOST) return null;

	const rows = lane.parts(WIDTH, total * spread);
	const counts = lane.allocate(WIDTH, total);
	const draw = (what: HistogramName, layer: number, value: string, count: Points['count']) => ({
		code: POINT,
		points: { code: points(spread, value), count },
		targets: [rows],
		area: [0, histogramIndex(what, layer, layers.length) * spread, WIDTH, spread] as const
	});
	const kernels = (what: HistogramName, texel: string, inputs: Dispatch['inputs']): Dispatch[] =>
		layers.map(({ kernel }, layer) => {
			const conv = convOf(plan, kernel);
			const { size } = plan.network.parameters[kernel];
			const outputs = conv ? plan.buffers[conv.y].channels : plan.head.classes;
			const from = conv ? plan.buffers[conv.x].channels : size / outputs;
			return {
				...draw(what, layer, kernelValue(from, outputs, texel), () => size),
				inputs,
				first: parameters.places[kernel].first
			};
		});
	const { values, gradients } = parameters;
	return {
		counts,
		forward: [
			{ code: CLEAR, inputs: {}, targets: [rows] },
			...counted.map(({ what, layer, buffer }): Dispatch => {
				const layout = layouts[buffer];
				return {
					...draw(what, layer, mapValue(layout), (images) => images * valuesOf(layout)),
					inputs: { z: maps[buffer] }
				};
			})
		],
		backward: [
			...kernels('gradient', 'flatTexel(numbers, at)', { numbers: gradients }),
			...kernels('weight', 'flatTexel(numbers, at)', { numbers: values.now })
		],
		update: [
			...kernels('update', 'flatTexel(numbers, at) - flatTexel(before, at)', {
				numbers: values.next,
				before: values.now
			}),
			{ code: sumShader(spread), inputs: { rows }, targets: [counts] }
		]
	};
}
