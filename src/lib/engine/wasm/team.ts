/**
 * The threads that compute one lane together: the caller's, and workers that help it (`helper.ts`). The caller runs the
 * lane as if it were alone and opens the calls of large kernels to the helpers. A helper that starts late joins in; the
 * parts of one that never starts, or ends between two calls, are taken by the others.
 */
import { byIndex, sharing, type CallByIndex, type Divided } from './division';
import { Job, MOST_PARTS } from './job';
import type { Kernels } from './kernels';

/** Beyond this many threads, the parts of a class-sized network are too small. */
const MOST_THREADS = 8;
/** Most parts of a call per thread: more of them balance better, fewer begin less often. */
const PARTS = 8;
/** Least computations in a part: fewer take less time than to share them, a few microseconds. */
const WORTH = 2 ** 14;
/** Seconds within which a helper must finish its part, which takes a few milliseconds. */
const DONE_WITHIN_S = 20;

/** What a helper needs to start. */
export interface HelperStart {
	readonly module: WebAssembly.Module;
	readonly memory: WebAssembly.Memory;
	readonly job: SharedArrayBuffer;
	/** Its number; that of the caller's thread is 0. */
	readonly thread: number;
}

/** How many threads the page may use for one lane if `cores` are free for it; 1 if it may not share memory. */
export const threadsFor = (cores: number): number =>
	// WebKit may call a page isolated in a process that began without isolation and has no shared memory.
	globalThis.crossOriginIsolated === true &&
	typeof SharedArrayBuffer !== 'undefined' &&
	typeof Worker !== 'undefined'
		? Math.max(1, Math.min(cores, MOST_THREADS))
		: 1;

export class Team {
	readonly #job = new Job();
	/** Number of threads, with the caller's. */
	readonly threads: number;
	readonly #workers: readonly Worker[];
	readonly #onLost: (detail: string) => void;

	/**
	 * Starts helpers, without waiting for them.
	 * @param threads their number, with the caller's
	 * @param onLost called if a helper does not finish its part; the call of the kernel then throws
	 */
	constructor(
		threads: number,
		module: WebAssembly.Module,
		memory: WebAssembly.Memory,
		onLost: (detail: string) => void
	) {
		this.threads = threads;
		this.#onLost = onLost;
		this.#workers = Array.from({ length: threads - 1 }, (_, i) => {
			const worker = new Worker(new URL('./helper.ts', import.meta.url), {
				type: 'module',
				name: `helper ${i + 1}`
			});
			// One that cannot start is not needed.
			worker.onerror = (event) => event.preventDefault();
			const start: HelperStart = { module, memory, job: this.#job.memory, thread: i + 1 };
			worker.postMessage(start);
			return worker;
		});
	}

	/** The kernels, of which the helpers compute a share. */
	share(kernels: Kernels): Kernels {
		const call = byIndex(kernels);
		return sharing(kernels, (how, args) => this.#divide(how, args, call));
	}

	#divide(how: Divided, args: readonly number[], call: CallByIndex): void {
		const total = args[how.along];
		const work = how.counts.reduce((product, at) => product * args[at], 1);
		const most = Math.min(total, this.threads * (how.whole ? 1 : PARTS), MOST_PARTS);
		const parts = Math.min(most, Math.floor(work / WORTH));
		if (parts < 2) return call(how.kernel, args);
		const size = Math.ceil(total / parts);
		this.#job.open(how, args, size);
		while (this.#job.work(0, call));
		if (this.#job.awaitDone(Math.ceil(total / size), DONE_WITHIN_S)) return;
		const detail = 'a thread ended';
		this.#onLost(detail);
		throw new Error(detail);
	}

	dispose(): void {
		for (const worker of this.#workers) worker.terminate();
	}
}
