/** The experiments of He et al. 2015, §4.2, unchanged. They are too long for a browser and are exported to PyTorch. */
import type { ImageShape } from '$lib/base/image';
import { CIFAR_CLASSES, cifarName, type CifarOptions } from '$lib/network';
import { lane, type Experiment, type Lane } from './experiment';
import { depthOf } from './laneNetwork';

/** Depths of the residual networks in the paper's Table 6, and of the plain ones in its Figure 6. */
export const PAPER_DEPTHS = {
	resnet: [20, 32, 44, 56, 110, 1202],
	plain: [20, 32, 44, 56]
} as const;
export type PaperKind = keyof typeof PAPER_DEPTHS;

/** Number of training steps in the paper. @public shown in the help of `npm run export` */
export const PAPER_STEPS = 64_000;
/** CIFAR-10 is not part of the app; users give its binary files to `train.py`. */
export const PAPER_SET = { id: 'cifar-10', input: [32, 32, 3] } as const;

/** A name such as `paper-resnet-56`. */
export const paperName = (kind: PaperKind, depth: number) => `paper-${kind}-${depth}`;

/** The paper's experiment of the given name, or null if there is none. */
export function paperExperiment(name: string): Experiment | null {
	const [, kind, digits] = /^paper-(resnet|plain)-(\d+)$/.exec(name) ?? [];
	const depth = Number(digits);
	if (!kind || !(PAPER_DEPTHS[kind as PaperKind] as readonly number[]).includes(depth)) return null;
	return trainedLikePaper(
		name,
		lane({ depth, width: 16, shortcut: kind === 'resnet' ? 'A' : 'none' }),
		false
	);
}

/**
 * Trains any member of the CIFAR family with the paper's recipe; null unless it classifies CIFAR-10's images, of 32×32
 * or 16×16 pixels, into ten classes.
 */
export function paperTraining(
	options: CifarOptions
): { experiment: Experiment; input: ImageShape; steps: number } | null {
	const { size, channels, classes = CIFAR_CLASSES, ...network } = options;
	const [whole, , colours] = PAPER_SET.input;
	if (channels !== colours || classes !== CIFAR_CLASSES || ![whole, whole / 2].includes(size))
		return null;
	return {
		experiment: trainedLikePaper(cifarName(options), { network, gates: null }, size !== whole),
		input: [size, size, channels],
		steps: PAPER_STEPS
	};
}

function trainedLikePaper(name: string, one: Lane, halve: boolean): Experiment {
	return {
		version: 1,
		preset: name,
		lanes: [one],
		data: { set: PAPER_SET.id, halve, augment: true },
		recipe: {
			batch: 128,
			learningRate: 0.1,
			momentum: 0.9,
			weightDecay: 1e-4,
			schedule: { kind: 'drops', after: [32_000, 48_000] },
			// The paper trains at 0.01 until the training error is below 80 %, about 400 iterations; here the rate rises over 400.
			...(depthOf(one.network) >= 110 ? { warmUp: 400 } : {})
		},
		evaluation: { every: 500, images: 10_000 },
		seed: 1
	};
}
