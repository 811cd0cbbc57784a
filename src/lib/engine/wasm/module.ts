/** The compiled kernels and the memory that they work in. Sizes are in bytes unless stated otherwise. */
import { within } from '$lib/base/patience';
import type { KernelVariant } from '../engine';
import { MemoryError } from '../memory';
import {
	bindKernel,
	type BoundKernel,
	type KernelName,
	type Kernels,
	type KernelParameter
} from './kernels';
import { instantiate } from './instance';
import { Team, threadsFor } from './team';
import plainUrl from './build/kernels.wasm?url';
import plainSharedUrl from './build/kernels-shared.wasm?url';
import relaxedUrl from './build/kernels-relaxed.wasm?url';
import relaxedSharedUrl from './build/kernels-relaxed-shared.wasm?url';

const PAGE = 65_536;
/** Largest memory that 32-bit addresses reach, in bytes. */
export const MOST = 2 ** 32;
/** Alignment of every allocation, in bytes, so that no vector crosses a cache line. */
export const ALIGNMENT = 64;

/** A WebAssembly memory with the kernels bound to it. */
export class WasmModule {
	readonly #kernels: Kernels;
	readonly #memory: WebAssembly.Memory;
	readonly #team: Team | null;
	/** Number of threads that may compute a kernel together. */
	readonly threads: number;
	#next: number;
	/** End of the memory that was used before and may not be zeros. */
	#dirty = 0;
	#allocations = 0;

	/**
	 * @param heapBase address of the first free byte
	 * @param team other threads on the memory, which is then shared
	 */
	constructor(
		kernels: Kernels,
		memory: WebAssembly.Memory,
		heapBase: number,
		team: Team | null = null,
		threads = team?.threads ?? 1
	) {
		this.#kernels = team ? team.share(kernels) : kernels;
		this.#memory = memory;
		this.#team = team;
		this.threads = threads;
		this.#next = heapBase;
	}

	/** Binds a kernel's constant arguments; see `bindKernel`. */
	kernel<Name extends KernelName, Given extends KernelParameter<Name>>(
		name: Name,
		given: { readonly [P in Given]: number }
	): BoundKernel<Name, Given> {
		return bindKernel(this.#kernels, name, given);
	}

	/** A pointer to `bytes` zeros. @throws MemoryError */
	allocate(bytes: number): number {
		const start = Math.ceil(this.#next / ALIGNMENT) * ALIGNMENT;
		const end = start + bytes;
		this.clear(start, end);
		this.#next = end;
		this.#allocations++;
		return start;
	}

	/** Makes sure that there are zeros from `start` to `end`. @throws MemoryError */
	protected clear(start: number, end: number): void {
		const missing = end - this.#memory.buffer.byteLength;
		if (end > MOST) throw new MemoryError(end, MOST);
		if (start < this.#dirty)
			new Uint8Array(this.#memory.buffer, start, Math.min(end, this.#dirty) - start).fill(0);
		if (missing > 0)
			try {
				this.#memory.grow(Math.ceil(missing / PAGE));
			} catch {
				throw new MemoryError(end, this.#memory.buffer.byteLength);
			}
	}

	/** Ends the other threads; the memory is freed with the last reference to it. */
	dispose(): void {
		this.#team?.dispose();
	}

	/** Frees everything allocated since `used` had the given value. */
	release(before: { readonly allocations: number; readonly bytes: number }): void {
		this.#dirty = Math.max(this.#dirty, this.#next);
		this.#next = before.bytes;
		this.#allocations = before.allocations;
	}

	get used(): { allocations: number; bytes: number } {
		return { allocations: this.#allocations, bytes: this.#next };
	}

	/** A view that becomes invalid with the next `allocate`. */
	floats(pointer: number, count: number): Float32Array<ArrayBuffer> {
		return new Float32Array(this.#memory.buffer as ArrayBuffer, pointer, count);
	}
	doubles(pointer: number, count: number): Float64Array {
		return new Float64Array(this.#memory.buffer, pointer, count);
	}
	integers(pointer: number, count: number): Int32Array {
		return new Int32Array(this.#memory.buffer, pointer, count);
	}
}

/** Counts what would be allocated and holds nothing: views are of memory of their own. */
export class CountingModule extends WasmModule {
	constructor(threads = 1) {
		super({} as Kernels, new WebAssembly.Memory({ initial: 0 }), PAGE, null, threads);
	}
	protected override clear(): void {}
	override floats = (_: number, count: number) => new Float32Array(count);
	override doubles = (_: number, count: number) => new Float64Array(count);
	override integers = (_: number, count: number) => new Int32Array(count);
}

/** Time limit for fetching the kernels (about 60 kB), in milliseconds. */
const FETCHED_WITHIN_MS = 30_000;

interface Compiled {
	readonly module: WebAssembly.Module;
	readonly variant: KernelVariant;
}

/** Addresses of the kernels with and without fused multiply-adds, by whether threads share their memory. */
const URLS = {
	own: { relaxed: relaxedUrl, plain: plainUrl },
	shared: { relaxed: relaxedSharedUrl, plain: plainSharedUrl }
} as const;
type Sharing = keyof typeof URLS;
const compiled = new Map<Sharing, Promise<Compiled>>();

/** Compiles the kernels, with fused multiply-adds if the browser supports them. */
async function compileModule({ relaxed, plain }: (typeof URLS)[Sharing]): Promise<Compiled> {
	const fetched = (url: string) =>
		within(
			fetch(url).then((response) => response.arrayBuffer()),
			FETCHED_WITHIN_MS,
			url
		);
	try {
		const module = await WebAssembly.compile(await fetched(relaxed));
		return { module, variant: 'relaxed-simd' };
	} catch (error) {
		if (!(error instanceof WebAssembly.CompileError)) throw error;
		return { module: await WebAssembly.compile(await fetched(plain)), variant: 'simd' };
	}
}

/** Fetches and compiles the kernels, once. */
export function compileKernels(sharing: Sharing = 'own'): Promise<Compiled> {
	const found = compiled.get(sharing);
	if (found) return found;
	const compiling = compileModule(URLS[sharing]).catch((error) => {
		compiled.delete(sharing);
		throw error;
	});
	compiled.set(sharing, compiling);
	return compiling;
}

/** Which kernels this browser runs. */
export async function kernelVariant(): Promise<KernelVariant> {
	const [found = compileKernels()] = compiled.values();
	return (await found).variant;
}

/** A memory that threads share; null if the browser cannot reserve the addresses that it may grow to. */
function sharedMemory(): WebAssembly.Memory | null {
	try {
		return new WebAssembly.Memory({ initial: 1, maximum: MOST / PAGE, shared: true });
	} catch {
		return null;
	}
}

/**
 * @param cores how many may compute at once; one thread does if the page may not share memory
 * @param onLost called once if a thread ends within a call
 */
export async function loadModule(
	cores = 1,
	onLost: (detail: string) => void = () => {}
): Promise<WasmModule> {
	const threads = threadsFor(cores);
	const shared = threads > 1 ? sharedMemory() : null;
	const memory = shared ?? new WebAssembly.Memory({ initial: 1, maximum: MOST / PAGE });
	const { module } = await compileKernels(shared ? 'shared' : 'own');
	const { kernels, heapBase } = await instantiate(module, memory);
	const team = shared && new Team(threads, module, shared, onLost);
	return new WasmModule(kernels, memory, heapBase, team);
}
