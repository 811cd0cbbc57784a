/**
 * The call of a kernel that threads share, in memory that all of them see. Threads take its parts one after another,
 * until none is left, so that a slow or late thread gets fewer; the first thread takes them from the front and the others
 * from the back, so that each finds in its caches what it wrote before.
 */
import type { CallByIndex, Divided } from './division';

/** Places in the integers. */
const OPEN = 0;
const DONE = 1;
const FAILED = 2;
/** How many threads sleep until a part is open. */
const ASLEEP = 3;
const INTEGERS = 4;
/** Places in the numbers, before the arguments and what they grow by. */
const KERNEL = 0;
const ALONG = 1;
const TOTAL = 2;
const SIZE = 3;
const COUNT = 4;
const MOST_ARGUMENTS = 32;
const ARGUMENTS = 5;
const MOVES = ARGUMENTS + MOST_ARGUMENTS;
const OWN = MOVES + MOST_ARGUMENTS;
const NUMBERS = OWN + MOST_ARGUMENTS;

/** Most parts of a job: the first and the last open one share an integer. */
export const MOST_PARTS = 2 ** 15 - 1;
/** Checks before a thread sleeps: it is woken in tens of microseconds, the time of a small kernel. */
const SPINS = 20_000;

export class Job {
	/** What other threads need to take part. */
	readonly memory: SharedArrayBuffer;
	readonly #integers: Int32Array;
	readonly #numbers: Float64Array;
	readonly #args: number[] = [];

	constructor(memory = new SharedArrayBuffer(INTEGERS * 4 + NUMBERS * 8)) {
		this.memory = memory;
		this.#integers = new Int32Array(memory, 0, INTEGERS);
		this.#numbers = new Float64Array(memory, INTEGERS * 4);
	}

	/** Opens a call to other threads, in parts of `size` of the parameter that is divided. The previous one must be done. */
	open({ kernel, along, moves, own }: Divided, args: readonly number[], size: number): void {
		const numbers = this.#numbers;
		numbers[KERNEL] = kernel;
		numbers[ALONG] = along;
		numbers[TOTAL] = args[along];
		numbers[SIZE] = size;
		numbers[COUNT] = args.length;
		for (let i = 0; i < args.length; i++) {
			numbers[ARGUMENTS + i] = args[i];
			numbers[MOVES + i] = numbers[OWN + i] = 0;
		}
		for (const { at, by } of moves) if (args[at] !== 0) numbers[MOVES + at] = by(args);
		for (const { at, by } of own) numbers[OWN + at] = by(args);
		this.#integers[DONE] = 0;
		Atomics.store(this.#integers, OPEN, Math.ceil(args[along] / size) << 16);
		if (Atomics.load(this.#integers, ASLEEP) > 0) Atomics.notify(this.#integers, OPEN);
	}

	/**
	 * Takes a part and computes it.
	 * @param thread number of the thread, 0 for the one that opens jobs
	 * @returns false if none was left
	 */
	work(thread: number, call: CallByIndex): boolean {
		const integers = this.#integers;
		let part: number;
		for (;;) {
			const open = Atomics.load(integers, OPEN);
			const first = open & 0xffff;
			const last = open >> 16;
			if (first >= last) return false;
			part = thread === 0 ? first : last - 1;
			const rest = thread === 0 ? open + 1 : open - 0x10000;
			if (Atomics.compareExchange(integers, OPEN, open, rest) === open) break;
		}
		// Only now, because what is open cannot change before this part is done.
		const numbers = this.#numbers;
		const args = this.#args;
		const size = numbers[SIZE];
		const total = numbers[TOTAL];
		const start = part * size;
		args.length = numbers[COUNT];
		for (let i = 0; i < args.length; i++)
			args[i] = numbers[ARGUMENTS + i] + start * numbers[MOVES + i] + thread * numbers[OWN + i];
		args[numbers[ALONG]] = Math.min(size, total - start);
		try {
			call(numbers[KERNEL], args);
		} catch (error) {
			Atomics.store(integers, FAILED, 1);
			throw error;
		} finally {
			const before = Atomics.add(integers, DONE, 1);
			if (thread > 0 && (before + 1) * size >= total) Atomics.notify(integers, DONE);
		}
		return true;
	}

	/** Blocks until a part is open. */
	awaitOpen(): void {
		const integers = this.#integers;
		for (let spins = 0; ; spins++) {
			const open = Atomics.load(integers, OPEN);
			if ((open & 0xffff) < open >> 16) return;
			if (spins < SPINS) continue;
			Atomics.add(integers, ASLEEP, 1);
			Atomics.wait(integers, OPEN, open);
			Atomics.sub(integers, ASLEEP, 1);
		}
	}

	/**
	 * Blocks until `parts` parts are done.
	 * @returns false if a thread failed, or did not finish its part within that many seconds
	 */
	awaitDone(parts: number, seconds: number): boolean {
		const integers = this.#integers;
		let [spins, waited] = [0, 0];
		for (;;) {
			const done = Atomics.load(integers, DONE);
			if (done === parts) return Atomics.load(integers, FAILED) === 0;
			if (spins++ < SPINS) continue;
			// Counted one by one, because the time with the lid closed would be one long second.
			if (waited++ === seconds) return false;
			awaitChange(integers, done);
		}
	}
}

/** Blocks for a second, or until `DONE` is no longer `done`. */
function awaitChange(integers: Int32Array, done: number): void {
	if (!('document' in globalThis)) return void Atomics.wait(integers, DONE, done, 1000);
	// A page may not sleep.
	const until = performance.now() + 1000;
	while (Atomics.load(integers, DONE) === done && performance.now() < until);
}
