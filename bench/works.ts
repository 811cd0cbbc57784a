/** The works to measure: networks of the app with a batch and an optimiser, the same for every contender. */
import type { Batch } from '$lib/base/image';
import type { Recipe } from '$lib/engine';
import { CIFAR_DEFAULTS, cifarNetwork, type Network } from '$lib/network';
import { WORKS } from './names.mjs';

export interface Work {
	readonly network: Network;
	readonly batch: Batch;
}

/** Names such as `resnet-20-w16-32x32x3-b128`: depth, width, size, channels (default 1), batch size. */
const NAME = /^resnet-(\d+)-w(\d+)-(\d+)x\3(?:x(\d+))?-b(\d+)$/;

export const SEED = 1;
export const RECIPE: Recipe = { learningRate: 0.03, momentum: 0.9, weightDecay: 1e-4 };

/** @throws RangeError if the name is not that of a work */
export function workOf(name: string): Work {
	const found = NAME.exec(name);
	if (!found) throw new RangeError(`work ${name}: expected a name like ${WORKS.join(', ')}`);
	const [depth, width, size, channels, count] = found.slice(1).map((part) => Number(part ?? 1));
	return {
		network: cifarNetwork({ ...CIFAR_DEFAULTS, depth, width, size, channels }),
		batch: batchOf({ count, size, channels })
	};
}

/** A batch of pixels between −1 and 1, neither constant nor periodic; their content does not affect the time. */
export function batchOf({
	count,
	size,
	channels
}: Record<'count' | 'size' | 'channels', number>): Batch {
	return {
		images: Float32Array.from({ length: count * size * size * channels }, (_, i) =>
			Math.sin((i * i) % 4093)
		),
		labels: Int32Array.from({ length: count }, (_, i) => (i * 7) % 10),
		shape: [count, size, size, channels]
	};
}
