/** ONNX files of networks that nobody has trained. */
import * as Comlink from 'comlink';
import { askWorker } from '$lib/base/askWorker';
import type { OnnxOptions } from './model';
import type { OnnxWriter } from './worker';

/**
 * The file of a network with weights drawn from a seed; the largest has half a gigabyte.
 * @param name of the network, see `parseName`
 * @param onProgress told the share that is written, 0…1
 * @throws Error what went wrong in the worker, such as too little memory
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
