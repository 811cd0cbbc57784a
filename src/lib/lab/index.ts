/**
 * The laboratory: experiments as data, their runs and records, the training worker and the page's
 * session with it. Re-exports the engine's types that pages need.
 */
export type { BackendName, BackendTrial, HistogramName, LaneMetrics } from '$lib/engine/engine';
export { BINS, binsAt, HISTOGRAMS, ZERO_BIN } from '$lib/engine/engine';
export { unpacked } from './studies/histograms/record';
export * from './depths';
export * from './experiment/experiment';
export {
	depthOf,
	depthsOf,
	hasShortcuts,
	isCifar,
	laneKind,
	optionOf,
	ownSpellings,
	pretrainingsOf,
	withOption,
	type LaneChange,
	type LaneKind,
	type LaneNetwork,
	type MiniLane as MiniNetwork,
	type OwnOption
} from './experiment/laneNetwork';
export * from './limits';
export * from './studies';
export { MOST_EXAMPLES } from './studies/confusion/record';
export { latestOf } from './studies/study';
export { fetchFile } from '$lib/base/fetchFile';
export * from './findings/findings';
export { intervalOf } from './findings/interval';
export * from './record/history';
export * from './studies/inside/record';
export * from './experiment/pace';
export * from './experiment/presets';
export * from './findings/predictions';
export { pretrainingSteps, type Pretraining } from './experiment/pretraining';
export * from './findings/probes';
export { progressOf, type LaneProgress } from './findings/progress';
export * from './worker/protocol';
export * from './record/record';
export { readRecordFiles } from './record/files';
export * from './record/prediction';
export * from './record/problem';
export * from './experiment/recordings';
export * from './record/csv';
export {
	lagBelow,
	noiseCorrelation,
	NOISES,
	noiseSeries,
	type Noise
} from './studies/shattered/correlation';
export { LINE_IMAGES, LINE_POINTS, type ShatteredSpec } from './studies/shattered/record';
export * from './studies/start/record';
export { MOST_SEEDS, seedsLeft, type SeedRecord } from './studies/seeds/record';
export * from './studies/seeds/spread';
export * from './studies/sweep/record';
export {
	MOST_RUNS,
	runCount,
	SWEEP_SETTINGS,
	SWEEP_SETTING_NAMES,
	type SweepSetting
} from './studies/sweep/settings';
export {
	STEP_PASSES,
	stepNodes,
	stepStops,
	type KernelStep,
	type StepPass,
	type StepSpec,
	type StepSummary,
	type StepValues
} from './studies/step/record';
export type { Terms } from './studies/terms';
export * from './studies/travel/carried';
export {
	PATH_SAMPLES,
	TRAVEL_IMAGES,
	type PathLengths,
	type TravelRecord,
	type TravelSpec
} from './studies/travel/record';
export { claimed } from './store/claim';
export { StoreError, type StoreFault } from './store/database';
export { runClaim, RunStore, type DamagedRun, type KeptRun, type RunEntry } from './store/runs';
export type { Undoable } from './session/onScreen.svelte';
export type { Interruption } from './session/status';
export * from './experiment/backend';
export * from './experiment/link';
export type { Schedule } from './experiment/schedule';
export { CATALOGUE } from '$lib/data/catalogue';
export { imageBytes } from '$lib/data/pixels';
export { turned, type Turn } from '$lib/data/import/raster';
export type { Brought, Choices, LeftOut, ShownSet, Warning } from '$lib/data/import';
export type { ImportProblem } from './store/importWorker';
export type { OwnSet } from './store/ownData';
export { asideOf, type Aside, type LesionRecord } from './studies/lesion/record';
export { ASIDE, putAside, type Scales } from './studies/scales';
export * from './studies/landscape/record';
export { swapped, type Surgery } from './studies/surgery';
export * from './studies/shuffle/record';
