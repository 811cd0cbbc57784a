/** The worker that classifies photographs, so that the page never waits. */
import * as Comlink from 'comlink';
import { holdLifeline } from '$lib/base/lifeline';
import { BROWSER_DECODERS } from '$lib/data/import/browserDecoders';
import { Classifier, type RemovedBlock } from './classifier';
import type { Convention } from './photograph';
import type { ClassifyProblem } from './problem';

const classifier = new Classifier(BROWSER_DECODERS);

/** Least interval between reports of progress, in milliseconds. */
const PAUSE = 100;
function seldom(onProgress: (share: number) => void) {
	let told = 0;
	return (share: number) => {
		if (performance.now() - told < PAUSE) return;
		told = performance.now();
		onProgress(share);
	};
}

/** Problems are returned as values, because an error loses its class when it leaves a worker. */
async function answer<T>(
	ask: () => Promise<T>
): Promise<{ readonly found: T } | { readonly problem: ClassifyProblem }> {
	try {
		return { found: await ask() };
	} catch (error) {
		return { problem: classifier.problemOf(error) };
	}
}

const api = {
	/** Holds the lock of the worker's name all its life. */
	start: (): Promise<void> => holdLifeline(self.name),
	load: (name: string, file: File, onProgress: (share: number) => void) =>
		answer(() => classifier.load(name, file, seldom(onProgress))),
	open: (name: string, file: File) => answer(() => classifier.open(name, file)),
	classify: (
		convention: Convention,
		gates: readonly number[],
		onProgress: (share: number) => void
	) => answer(() => classifier.classify(convention, gates, seldom(onProgress))),
	map: (node: string) => answer(() => classifier.map(node)),
	activation: (index: number) => answer(() => classifier.activation(index)),
	withoutBlocks: (onFound: (found: RemovedBlock) => void) =>
		answer(() => classifier.withoutBlocks(onFound)),
	stop: () => classifier.stop()
};
export type ClassifierApi = typeof api;

Comlink.expose(api);
