/** Times every call of a kernel on wasm, by the page's clock. */
import { PARAMETERS, type KernelName } from '$lib/engine/wasm/kernels';

/** One call: the kernel and the arguments that say what it works on, milliseconds, and floating-point operations of a convolution. */
export interface TimedCall {
	readonly kernel: string;
	readonly sizes: string;
	readonly milliseconds: number;
	readonly operations: number;
}

let calls: TimedCall[] | null = null;

/** From now on, modules are instantiated with kernels that can be timed. Those of modules that run already cannot. */
export function makeTimeable(): void {
	const original = WebAssembly.instantiate;
	WebAssembly.instantiate = (async (module: WebAssembly.Module, imports: WebAssembly.Imports) => {
		const { exports } = await original(module, imports);
		return {
			exports: Object.fromEntries(
				Object.entries(exports).map(([name, value]) => [
					name,
					name in PARAMETERS ? timed(name as KernelName, value as Kernel) : value
				])
			)
		};
	}) as typeof WebAssembly.instantiate;
}

/** Makes a step and returns the calls that it consists of, in order. */
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
		const milliseconds = performance.now() - began;
		calls.push({ kernel: name, milliseconds, ...described((one) => values[names.indexOf(one)]) });
		return result;
	};
}

/** @param value of the parameter of that name, undefined if the kernel has none */
function described(value: (name: string) => number | undefined) {
	const [rows, columns] = [value('rows'), value('columns')];
	const channels = value('channels') ?? [value('channelsIn'), value('channelsOut')].join('→');
	const taps = value('tapCount');
	const convolution =
		(value('images') ?? NaN) *
		(rows ?? NaN) *
		(columns ?? NaN) *
		(taps ?? NaN) *
		(value('channelsIn') ?? NaN) *
		(value('channelsOut') ?? NaN);
	return {
		sizes: rows === undefined ? '' : `${rows}×${columns}×${channels}${taps ? ` ${taps} taps` : ''}`,
		operations: 2 * (convolution || 0)
	};
}
