/**
 * Statistics for normalisation per image: computes, from the partial sums of every image, the vectors that the passes
 * of `combine.ts` over the map read. Channels that share mean and variance need not fill groups of four.
 */
import { EPSILON } from '../normalisation';
import {
	channelsAt,
	FACTOR,
	INVERSE,
	OFFSET,
	PARTS,
	SLOPE,
	vector,
	writeVectors,
	type CombineSizes
} from './combine';
import { perImage, shader, type Shader, type Threads } from './shader';

/** One thread for each group of four channels of each image. */
function perGroup({ z: { groups } }: CombineSizes): Threads {
	const threads = perImage(groups);
	return {
		...threads,
		start: `${threads.start}
	let group = id.x % ${groups}u;
	let n = id.x / ${groups}u;`
	};
}

/** A loop over the real channels `k` of a group; `first` is the first of the channels that share its statistics. */
const eachChannel = ({ z, together }: CombineSizes, body: string) => `
	for (var k = 0u; k < 4u; k++) {
		if (group * 4u + k >= ${z.channels}u) { break; }
		let first = (group * 4u + k) / ${together}u * ${together}u;
		${body}
	}`;

/** The partial sum of channel c of image n. */
const partOf = ({ z }: CombineSizes, which: number) =>
	`parts[(n * ${z.groups}u + c / 4u) * ${PARTS}u + ${which}u][c % 4u]`;

/** Like `statisticsShader`, for channels of an image that share mean and variance. Buffers: partial sums, vectors, beta, gamma. */
export function imageStatisticsShader(sizes: CombineSizes): Shader {
	const { z: y, together } = sizes;
	return shader(perGroup(sizes), {
		buffers: { parts: 'r', vectors: 'rw', betas: 'r f32', gammas: 'r f32' },
		main: `
	${channelsAt('gamma', y.channels)}
	${channelsAt('beta', y.channels)}
	var mean = vec4f(0);
	var variance = vec4f(0);
	${eachChannel(
		sizes,
		`var sum = 0.0;
		for (var c = first; c < first + ${together}u; c++) { sum += ${partOf(sizes, 0)}; }
		let centre = sum / ${together}.0;
		var spread = 0.0;
		for (var c = first; c < first + ${together}u; c++) {
			let d = ${partOf(sizes, 0)} - centre;
			spread += ${partOf(sizes, 1)} + d * d * ${y.height * y.width}.0;
		}
		mean[k] = centre;
		variance[k] = spread / ${y.height * y.width * together}.0;`
	)}
	let inverse = 1 / sqrt(variance + ${EPSILON});
	${writeVectors(sizes, 'n')}`
	});
}

/** The vectors of the second backward pass, for channels of an image that share mean and variance. Buffers: partial sums, vectors. */
export function imageGradVectorsShader(sizes: CombineSizes): Shader {
	const { z, together } = sizes;
	const factor = `vectors[(${FACTOR * sizes.sets}u + n) * ${z.groups}u + c / 4u][c % 4u]`;
	return shader(perGroup(sizes), {
		buffers: { parts: 'r', vectors: 'rw' },
		main: `
	var offset = vec4f(0);
	var slope = vec4f(0);
	${eachChannel(
		sizes,
		`for (var c = first; c < first + ${together}u; c++) {
			let factor = ${factor};
			offset[k] += factor * ${partOf(sizes, 0)};
			slope[k] += factor * ${partOf(sizes, 1)};
		}`
	)}
	let count = ${z.height * z.width * together}.0;
	${vector(sizes, OFFSET, 'n')} = offset / count;
	${vector(sizes, SLOPE, 'n')} = slope * ${vector(sizes, INVERSE, 'n')} / count;`
	});
}
