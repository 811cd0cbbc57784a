/**
 * Measures how shattered gradients are: the gradient of a class score by the image, at points on the line between two
 * images (Balduzzi et al. 2017, section 2).
 */
import { range } from 'd3';
import { breathe } from '$lib/base/breathe';
import { entry } from '$lib/base/entry';
import type { Batch } from '$lib/base/image';
import { makeBatch } from '$lib/data';
import { nodeGradients, type Backend } from '$lib/engine';
import type { LaneSetup } from '$lib/engine/engine';
import { analyse } from '$lib/network';
import type { Measurement } from '../measurement';
import { autocorrelation } from './correlation';
import type { ShatteredRecord, ShatteredSpec } from './record';
import { candidates, drawPair } from './sample';

export const measureShattered: Measurement<ShatteredSpec, ShatteredRecord> = {
	arrived: (set) => set.ready('train', candidates(set)),
	async measure({ backend, step, set, halve, active, copyOf }, spec, { found, progress, signal }) {
		const images = drawPair(set, spec.seed);
		const ends = makeBatch(set, images, { halve, augment: null });
		const [from, to] = ends.labels;
		for (const lane of active.keys()) {
			progress(lane, active.length);
			await breathe();
			if (signal.aborted) return;
			const { slopes, correlation } = await alongLine(
				backend,
				await copyOf(lane),
				ends,
				spec.points
			);
			found({
				...{ step, lane, ...spec, images, classes: [from, to] },
				slopes: slopes.map(rounded),
				correlation: correlation.map(rounded)
			});
		}
	}
};

const rounded = (value: number) => Number(value.toPrecision(5));

/**
 * The gradient of a class score by the image, g(x), at points xᵢ = a + (b − a) · i / (points − 1). All points are one
 * batch of a training step, as in Balduzzi et al.: normalisation uses their statistics, so that it is the sum of their
 * scores that is differentiated; dropout, if there is any, is drawn for each point.
 * @param ends a batch of the two images a and b; the score is that of a's class
 * @returns slopes: ⟨g(xᵢ), b − a⟩ by point, the derivative of the score by the share of the line; correlation: see
 *   `autocorrelation`
 */
export async function alongLine(
	backend: Backend,
	setup: LaneSetup,
	{ images, labels: [label], shape: [, ...shape] }: Batch,
	points: number
): Promise<{ slopes: number[]; correlation: number[] }> {
	const image = analyse(setup.network).nodes[0].node.id;
	const size = images.length / 2;
	const [a, b] = [images.subarray(0, size), images.subarray(size)];
	const line: Batch = {
		images: Float32Array.from({ length: points * size }, (_, at) => {
			const share = Math.floor(at / size) / (points - 1);
			return (1 - share) * a[at % size] + share * b[at % size];
		}),
		labels: new Int32Array(points).fill(label),
		shape: [points, ...shape]
	};
	const { gradients } = await nodeGradients(backend, setup, line, {
		objective: { scores: Array<number>(points).fill(label) },
		training: true,
		outputs: [],
		gradients: [image]
	});
	const gradient = entry(gradients, image).total ?? new Float32Array(points * size);
	const slopes = range(points).map((i) => {
		let slope = 0;
		for (let p = 0; p < size; p++) slope += gradient[i * size + p] * (b[p] - a[p]);
		return slope;
	});
	return { slopes, correlation: autocorrelation(gradient, points) };
}
