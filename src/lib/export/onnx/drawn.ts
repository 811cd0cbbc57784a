/** ONNX files of networks that nobody has trained. */
import * as Comlink from 'comlink';
import { within } from '$lib/base/patience';
import type { OnnxOptions } from './model';
import type { OnnxWriter } from './worker';

const STARTS_WITHIN_MS = 30_000;

/**
 * The file of a network with weights drawn from a seed; the largest has half a gigabyte.
 * @param name of the network, see `parseName`
 * @param onProgress told the share that is written, 0…1
 * @throws Error what went wrong in the worker, such as too little memory
 */
export async function drawnOnnx(
	name: string,
	options: Omit<OnnxOptions, 'weights'> & { readonly seed: number },
	onProgress: (share: number) => void
): Promise<Blob> {
	const worker = new Worker(new URL('./worker.ts', import.meta.url), {
		type: 'module',
		name: 'onnx'
	});
	try {
		const failed = new Promise<never>((_, reject) =>
			worker.addEventListener('error', ({ message }) =>
				reject(new Error(message || 'the worker could not be loaded'))
			)
		);
		const writer = Comlink.wrap<OnnxWriter>(worker);
		const write = async () => {
			await within(writer.start(), STARTS_WITHIN_MS, 'ONNX worker');
			return writer.write(name, options, Comlink.proxy(onProgress));
		};
		return await Promise.race([write(), failed]);
	} finally {
		worker.terminate();
	}
}
