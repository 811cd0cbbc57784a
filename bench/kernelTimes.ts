/** Times every call of a kernel on wasm by the page's clock, whose steps are coarse (0.1 ms): take means over many steps. */
import { PARAMETERS, type KernelName } from '$lib/engine/wasm/kernels';

/**
 * One call: the kernel, the sizes of its maps, and the floating-point operations of a convolution, as many as a direct sum
 * takes; 0 for other kernels.
 */
export interface TimedCall {
	readonly label: string;
	readonly sizes: string;
	readonly microseconds: number;
	readonly operations: number;
}

let calls: TimedCall[] | null = null;

/** From now on, modules are instantiated with kernels that can be timed; those of earlier ones cannot. */
export function makeTimeable(): void {
	const original = WebAssembly.instantiate;
	WebAssembly.instantiate = (async (module: WebAssembly.Module, imports: WebAssembly.Imports) => {
		const { exports } = await original(module, imports);
		const replaced = Object.entries(exports).map(([name, value]) => [
			name,
			name in PARAMETERS ? timed(name as KernelName, value as Kernel) : value
		]);
		return { exports: Object.fromEntries(replaced) };
	}) as typeof WebAssembly.instantiate;
}

/** Makes a step and returns its calls, in order. */
export async function timeKernels(step: () => Promise<unknown>): Promise<TimedCall[]> {
	const list: TimedCall[] = (calls = []);
	try {
		await step();
	} finally {
		calls = null;
	}
	return list;
}

type Kernel = (...values: number[]) => number;

function timed(name: KernelName, kernel: Kernel): Kernel {
	const names = PARAMETERS[name].split(' ');
	return (...values) => {
		if (!calls) return kernel(...values);
		const began = performance.now();
		const result = kernel(...values);
		const microseconds = 1000 * (performance.now() - began);
		const given = Object.fromEntries(names.map((parameter, i) => [parameter, values[i]]));
		calls.push({ label: name, microseconds, ...described(given) });
		return result;
	};
}

/** What the arguments of a kernel say about its work; Winograd's kernels have 9 taps. */
function described(given: Readonly<Partial<Record<string, number>>>) {
	const {
		images = 0,
		rows = 0,
		columns = 0,
		channels = 0,
		channelsIn = 0,
		channelsOut = 0
	} = given;
	const taps = given.tapCount ?? 9;
	const through = channelsIn
		? `${channelsIn}→${channelsOut}, ${taps} taps`
		: channels || `${given.inputs}→${given.outputs}`;
	return {
		sizes: rows ? `${rows}×${columns}×${through}` : '',
		operations: 2 * images * rows * columns * taps * channelsIn * channelsOut
	};
}
