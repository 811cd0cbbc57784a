/**
 * Lists the recorded runs in `static/recordings/`, which come with the app for classes without a graphics card or
 * without time. `npm run record -- --shipped` makes missing ones; a test compares each file with its entry here.
 */
import type { Experiment } from './experiment';
import { isPresetName, PRESETS, type PresetName } from './presets';

/**
 * Studies that a recording can contain, made after its last step; `lesion` includes shuffling the blocks.
 * @public `npm run record` takes them
 */
export const RECORDED_STUDIES = ['start', 'lesion', 'landscape', 'travel', 'shattered'] as const;
export type RecordedStudy = (typeof RECORDED_STUDIES)[number];

export interface ShippedRecording {
	readonly preset: PresetName;
	readonly depth: number;
	readonly steps: number;
	readonly studies?: readonly RecordedStudy[];
}

export const RECORDINGS: readonly ShippedRecording[] = [
	{ preset: 'degradation', depth: 20, steps: 3000, studies: ['start'] },
	{ preset: 'degradation', depth: 56, steps: 3000 },
	{ preset: 'degradation', depth: 110, steps: 2000 },
	{ preset: 'depths', depth: 56, steps: 300 },
	{ preset: 'rounding', depth: 56, steps: 200 },
	{ preset: 'road', depth: 20, steps: 300 },
	{ preset: 'road-norm', depth: 20, steps: 150 },
	{ preset: 'successors', depth: 20, steps: 150 },
	{ preset: 'vanishing', depth: 20, steps: 100, studies: ['start'] },
	{ preset: 'exploding', depth: 20, steps: 50 },
	{ preset: 'rescue-relu', depth: 14, steps: 200 },
	{ preset: 'rescue-init', depth: 14, steps: 200 },
	{ preset: 'rescue-norm', depth: 20, steps: 200 },
	{ preset: 'rescue-pretraining', depth: 19, steps: 800 },
	{ preset: 'zero-residual', depth: 20, steps: 200 },
	{ preset: 'switching', depth: 20, steps: 200 },
	{ preset: 'lesion', depth: 20, steps: 300, studies: ['lesion'] },
	{ preset: 'ignored', depth: 20, steps: 200, studies: ['lesion'] },
	{ preset: 'landscape', depth: 20, steps: 300, studies: ['landscape'] },
	{ preset: 'landscape', depth: 56, steps: 400, studies: ['landscape'] }
];

/** The name of a recording's file, also used in links, such as `degradation-56`. */
export const recordingName = ({ preset, depth }: Pick<ShippedRecording, 'preset' | 'depth'>) =>
	`${preset}-${depth}`;

export const recordedExperiment = ({ preset, depth }: ShippedRecording): Experiment =>
	PRESETS[preset](depth);

/** The recording of a preset at a depth, or null if there is none. */
export function recordingOf(preset: string, depth: number): ShippedRecording | null {
	if (!isPresetName(preset)) return null;
	return RECORDINGS.find((each) => each.preset === preset && each.depth === depth) ?? null;
}
