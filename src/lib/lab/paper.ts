/** The experiments of He et al. 2015, §4.2, as they stand there: too long for a browser, and exported to PyTorch. */
import { lane, type Experiment } from './experiment';

/** Depths of its Table 6, and of the plain networks in its Figure 6. */
export const PAPER_DEPTHS = {
	resnet: [20, 32, 44, 56, 110, 1202],
	plain: [20, 32, 44, 56]
} as const;
export type PaperKind = keyof typeof PAPER_DEPTHS;

/** Iterations. */
export const PAPER_STEPS = 64_000;
/** The set is not part of the app: its binary files are given to `train.py`. */
export const PAPER_SET = { id: 'cifar-10', input: [32, 32, 3] } as const;

/** `paper-resnet-56` */
export const paperName = (kind: PaperKind, depth: number) => `paper-${kind}-${depth}`;

/** The experiment of that name, or null. */
export function paperExperiment(name: string): Experiment | null {
	const [, kind, digits] = /^paper-(resnet|plain)-(\d+)$/.exec(name) ?? [];
	const depth = Number(digits);
	if (!kind || !(PAPER_DEPTHS[kind as PaperKind] as readonly number[]).includes(depth)) return null;
	return {
		version: 1,
		preset: name,
		lanes: [lane({ depth, width: 16, shortcut: kind === 'resnet' ? 'A' : 'none' })],
		data: { set: PAPER_SET.id, halve: false, augment: true },
		recipe: {
			batch: 128,
			learningRate: 0.1,
			momentum: 0.9,
			weightDecay: 1e-4,
			schedule: { kind: 'drops', after: [32_000, 48_000] },
			// The paper: 0.01 until the training error is below 80 %, about 400 iterations. Here the rate rises over so many.
			...(depth >= 110 ? { warmUp: 400 } : {})
		},
		evaluation: { every: 500, images: 10_000 },
		seed: 1
	};
}
