/**
 * The laboratory: experiments as data, their runs and records, the training worker and the page's
 * session with it. What a page needs of the engine's types passes through here.
 */
export type { BackendChoice, BackendName, BackendTrial, LaneMetrics } from '$lib/engine/engine';
export * from './depths';
export * from './experiment';
export type { InsideStudy, SweepSpec } from './studies';
export { fetchFile } from './fetchFile';
export * from './findings';
export * from './history';
export {
	channelOf,
	normOf,
	rangeOf,
	type BlockLook,
	type ChosenImage,
	type Confused,
	type FeatureMap,
	type Inside,
	type InsideRequest,
	type LaneLook,
	type TestImages
} from './inside';
export * from './pace';
export * from './presets';
export * from './probes';
export * from './protocol';
export { comparedRun, MOST_COMPARED, type ComparedRun } from './compare';
export * from './record';
export { readRun } from './recording';
export * from './recordings';
export * from './csv';
export {
	START_DEPTHS,
	START_IMAGES,
	START_WIDTH,
	type StartProbe,
	type StartProfile,
	type StartRecord
} from './startProbe';
export * from './seeds';
export * from './sweep';
export { claimed } from './claim';
export { StoreError, type StoreFault } from './database';
export { runClaim, RunStore, type DamagedRun, type KeptRun, type RunEntry } from './runs';
export type { Interruption, Status, Undoable } from './session.svelte';
export * from './link';
export type { Schedule } from './schedule';
export { imageBytes } from '$lib/data/pixels';
export type { Brought, ImportProgress } from '$lib/data/import';
export type { ImportProblem, PictureChoice } from './importWorker';
export type { OwnSet } from './ownData';
export type { LesionRecord } from './lesion';
export {
	GRIDS,
	LANDSCAPE_FROM,
	LANDSCAPE_IMAGES,
	type LandscapeRecord,
	type LandscapeSpec
} from './landscape';
export type { ShuffleRecord } from './shuffle';
export { swapped, type Operation } from './surgery';
export { SHUFFLES } from './shuffle';
