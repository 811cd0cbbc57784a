/** The worker that draws a network's weights and writes its ONNX file, so that the page never waits for that. */
import * as Comlink from 'comlink';
import { analyse, networkOf, parseName } from '$lib/network';
import { onnxModel, type OnnxOptions } from './model';

/** Between two tellings of how far it is, in milliseconds. */
const PAUSE = 100;

const writer = {
	/** Answers when the worker has started. */
	start(): void {},

	/**
	 * @param name of the network, see `parseName`
	 * @param onProgress told the share that is written, 0…1
	 */
	write(
		name: string,
		options: Omit<OnnxOptions, 'weights'> & { readonly seed: number },
		onProgress: (share: number) => void
	): Blob {
		const { seed, ...rest } = options;
		const network = analyse(networkOf(parseName(name)));
		const { bytes, pieces } = onnxModel(network, { ...rest, weights: { seed } });
		// The browser keeps a blob's bytes outside the worker's memory, once it is one.
		const parts: Blob[] = [];
		let written = 0;
		let told = performance.now();
		for (const piece of pieces()) {
			parts.push(new Blob([new Uint8Array(piece)]));
			written += piece.length;
			if (performance.now() - told < PAUSE) continue;
			told = performance.now();
			onProgress(Math.min(1, written / bytes));
		}
		return new Blob(parts);
	}
};
export type OnnxWriter = typeof writer;

Comlink.expose(writer);
