/** What is measured: networks of the app with a batch and an optimiser, the same for every contender. */
import type { Batch, Recipe } from '$lib/engine';
import { CIFAR_DEFAULTS, cifarNetwork, type CifarOptions, type Network } from '$lib/network';
import { WORKS } from './names.mjs';

export interface Work {
	readonly network: Network;
	readonly batch: Batch;
}

type Size = Pick<CifarOptions, 'depth' | 'width' | 'size' | 'channels'> & {
	readonly count: number;
};

const SIZES: Record<(typeof WORKS)[number], Size> = {
	'resnet-20-w8-16x16-b64': { depth: 20, width: 8, size: 16, channels: 1, count: 64 },
	'resnet-56-w8-16x16-b64': { depth: 56, width: 8, size: 16, channels: 1, count: 64 },
	'resnet-20-w16-32x32x3-b128': { depth: 20, width: 16, size: 32, channels: 3, count: 128 }
};

export const SEED = 1;
export const RECIPE: Recipe = { learningRate: 0.03, momentum: 0.9, weightDecay: 1e-4 };

/** @throws RangeError naming the work and those that there are */
export function workOf(name: string): Work {
	const size = SIZES[name as keyof typeof SIZES];
	if (!size) throw new RangeError(`work ${name}: expected one of ${WORKS.join(', ')}`);
	return {
		network: cifarNetwork({
			...CIFAR_DEFAULTS,
			depth: size.depth,
			width: size.width,
			size: size.size,
			channels: size.channels
		}),
		batch: batchOf(size)
	};
}

/** Pixels between −1 and 1 that are neither constant nor periodic; what they show costs no time. */
function batchOf({ count, size, channels }: Size): Batch {
	return {
		images: Float32Array.from({ length: count * size * size * channels }, (_, i) =>
			Math.sin((i * i) % 4093)
		),
		labels: Int32Array.from({ length: count }, (_, i) => (i * 7) % 10),
		shape: [count, size, size, channels]
	};
}
