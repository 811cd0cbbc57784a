/** Makes ONNX files of untrained networks. */
import * as Comlink from 'comlink';
import { askWorker } from '$lib/base/askWorker';
import type { OnnxOptions } from './model';
import type { OnnxWriter } from './worker';

/**
 * Makes the file of a network with weights drawn from a seed; the largest has half a gigabyte.
 * @param name the network's name, see `parseName`
 * @param onProgress called with the share written so far, 0…1
 * @throws Error if the worker fails, for example for lack of memory
 */
export function drawnOnnx(
	name: string,
	options: Omit<OnnxOptions, 'weights'> & { readonly seed: number },
	onProgress: (share: number) => void
): Promise<Blob> {
	const worker = new Worker(new URL('./worker.ts', import.meta.url), {
		type: 'module',
		name: 'onnx'
	});
	return askWorker<OnnxWriter, Blob>(worker, (writer) =>
		writer.write(name, options, Comlink.proxy(onProgress))
	);
}
