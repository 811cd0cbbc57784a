/** The probes of a step: numbers measured in its feature maps. */
import type { BackwardOp } from '../plan/plan';
import { walk } from './places';
import type { Dispatch, Resources, Step } from './resources';

/** The numbers of a block and of a layer whose `Combine` this is, measured before the gradient overwrites the map. */
export function combineProbes(
	lane: Resources,
	{ combine, dz }: BackwardOp & { kind: 'combineGrad' }
): Dispatch<Step>[] {
	const { block, layer, activation, z } = combine;
	const list = block === null ? [] : measured(lane, { block, z, dz });
	if (lane.probes && layer !== null && activation === 'relu') {
		const share = deadShare(lane, z);
		list.push(({ images, metrics }) => (metrics.deadShares[layer] = share(images)));
	}
	return list;
}

/** Standard deviation and gradient norm of a block's output z. */
export function measured(
	lane: Resources,
	{ block, z, dz }: { readonly block: number; readonly z: number; readonly dz: number }
): Dispatch<Step>[] {
	if (!lane.probes) return [];
	const { height, width, channels } = lane.places[z].shape;
	const ofOutput = mapSums(lane, z);
	const ofGradient = mapSums(lane, dz);
	return [
		({ images, metrics }) => {
			const count = images * height * width * channels;
			const [sum, squares] = ofOutput(images);
			const mean = sum / count;
			metrics.blockOutputStd[block] = Math.sqrt(Math.max(0, squares / count - mean * mean));
			metrics.blockOutputGradientNorms[block] = Math.sqrt(ofGradient(images)[1]);
		}
	];
}

/** Sum of a map's values and of their squares. */
export function mapSums({ module, places, sums }: Resources, map: number) {
	const place = places[map];
	const run = module.kernel('mapSums', { z: place.inner, sums, ...walk(place) });
	return (images: number): readonly [sum: number, squares: number] => {
		run({ images });
		const ofImages = module.doubles(sums, 2 * images);
		let [sum, squares] = [0, 0];
		for (let n = 0; n < images; n++) {
			sum += ofImages[2 * n];
			squares += ofImages[2 * n + 1];
		}
		return [sum, squares];
	};
}

function deadShare({ module, places }: Resources, map: number) {
	const place = places[map];
	const real = place.shape.channels;
	const run = module.kernel('deadChannels', { z: place.inner, real, ...walk(place) });
	return (images: number) => run({ images }) / real;
}
