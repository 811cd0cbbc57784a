/** The worker that draws a network's weights and writes its ONNX file, without blocking the page. */
import * as Comlink from 'comlink';
import { analyse, networkOf, parseName } from '$lib/network';
import { onnxModel, type OnnxOptions } from './model';

/** Least interval between reports of progress, in milliseconds. */
const PAUSE = 100;

const writer = {
	/** Does nothing: its answer shows that the worker has started. */
	start(): void {},

	/**
	 * @param name the network's name, see `parseName`
	 * @param onProgress called with the share written so far, 0…1
	 */
	write(
		name: string,
		options: Omit<OnnxOptions, 'weights'> & { readonly seed: number },
		onProgress: (share: number) => void
	): Blob {
		const { seed, ...rest } = options;
		const network = analyse(networkOf(parseName(name)));
		const { bytes, pieces } = onnxModel(network, { ...rest, weights: { seed } });
		// Once bytes are in a blob, the browser keeps them outside the worker's memory.
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
