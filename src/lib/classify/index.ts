/** Classifies a user's photograph with an ImageNet network whose weights the user has brought; all of it stays on the machine. */
export { softmax, type FeatureMap } from '$lib/lab/studies/inside/record';
export { ClassifierClient } from './client';
export type { Answer, LoadedWeights, Photograph, RemovedBlock } from './classifier';
export { inferenceBytes } from './memory';
export { CONVENTIONS, type Convention } from './photograph';
export { ClassifyError, type ClassifyProblem } from './problem';
