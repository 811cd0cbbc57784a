/** An instance of the compiled kernels on a memory. */
import type { Kernels } from './kernels';

export interface Instance {
	readonly kernels: Kernels;
	/** Address of the first free byte. */
	readonly heapBase: number;
}

export async function instantiate(
	module: WebAssembly.Module,
	memory: WebAssembly.Memory
): Promise<Instance> {
	const abort = () => {
		throw new Error('a kernel of the wasm backend aborted');
	};
	const { exports } = await WebAssembly.instantiate(module, { env: { memory, abort } });
	const { heapBase, ...kernels } = exports as unknown as Kernels & { heapBase(): number };
	return { kernels, heapBase: heapBase() };
}
