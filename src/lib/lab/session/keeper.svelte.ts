/** Keeps the run on the screen on this machine as it goes, under a name that this tab has claimed. */
import { uniqueName } from '$lib/base/uniqueName';
import type { RunRecord } from '../record/record';
import type { Snapshot } from '../record/snapshot';
import { claim, type Claim } from '../store/claim';
import { StoreError } from '../store/database';
import { runClaim, TakenError, type RunStore } from '../store/runs';

/** What is to be kept, as it stands when it is asked for; null while there is nothing. */
export type Keepable = () => {
	readonly record: RunRecord;
	readonly snapshot: Snapshot | null;
	readonly running: boolean;
} | null;

export class RunKeeper {
	/** Under which the run is kept; null while there is none. */
	runId = $state.raw<string | null>(null);
	/** Why runs are not kept on this machine; null while they are. */
	notKept = $state.raw<StoreError | null>(null);

	readonly #keepable: Keepable;
	readonly #onParted: () => void;
	/** Where runs are kept; null where nothing is. */
	#store: RunStore | null = null;
	#claim: Claim | null = null;
	/** The run that is about to be taken up. */
	#taking: string | null = null;
	#closed = false;
	/** When the last writing ended and how long it took, in milliseconds; null while one goes on. */
	#written: { at: number; took: number } | null = { at: -Infinity, took: 0 };
	/** More has come while something was being written. */
	#writeAgain = false;

	/** @param onParted called when another tab has gone on with the run: this one is kept as another from then on */
	constructor(keepable: Keepable, onParted: () => void) {
		this.#keepable = keepable;
		this.#onParted = onParted;
	}

	/** Keeps runs there from now on. */
	keepIn(store: RunStore): void {
		this.#store = store;
	}

	/** A new run is on the screen. */
	begin(): void {
		const id = (this.runId = uniqueName());
		void this.#own(id);
	}

	/** What is on the screen is not kept. */
	release(): void {
		this.runId = null;
		this.#hold(null);
	}

	/**
	 * Takes up a kept run, or a new one in its place; `then` is called when it is this tab's.
	 * @returns false when another tab has it
	 * @throws StoreError
	 */
	async takeUp(id: string, then: () => void): Promise<boolean> {
		if (id === this.runId || id === this.#taking) return true;
		this.#taking = id;
		try {
			const own = await claim(runClaim(id));
			if (!own) return false;
			try {
				await this.#store?.take(id);
			} catch (error) {
				own.release();
				throw error;
			}
			if (this.#closed) own.release();
			else {
				this.#hold(own);
				this.runId = id;
				then();
			}
			return true;
		} finally {
			this.#taking = null;
		}
	}

	/**
	 * Keeps the run as it stands; while it goes on, at most a tenth of the time is spent on that.
	 * @param snapshot a later one than the run's own
	 */
	async keep(snapshot?: Snapshot): Promise<void> {
		const { runId } = this;
		const now = this.#keepable();
		if (!this.#store || !now || !runId || !now.record.steps.length) return;
		if (!this.#written) {
			this.#writeAgain = true;
			return;
		}
		const { at, took } = this.#written;
		if (now.running && performance.now() - at < 10 * took) return;
		this.#written = null;
		const started = performance.now();
		try {
			await this.#store.save(runId, now.record, snapshot ?? now.snapshot);
			this.notKept = null;
		} catch (error) {
			if (error instanceof TakenError) await this.#part(runId);
			else this.notKept = error instanceof StoreError ? error : new StoreError('failed', error);
		}
		const ended = performance.now();
		this.#written = { at: ended, took: ended - started };
		if (this.#writeAgain) {
			this.#writeAgain = false;
			void this.keep();
		}
	}

	close(): void {
		this.#closed = true;
		this.#hold(null);
	}

	/** What this tab makes of a run that another one has gone on with is kept as another run. */
	async #part(id: string): Promise<void> {
		if (this.runId !== id) return;
		this.runId = uniqueName();
		this.#onParted();
		await this.#own(this.runId);
		this.#writeAgain = true;
	}

	/** Claims the new run on the screen for this tab. */
	async #own(id: string): Promise<void> {
		const own = await claim(runClaim(id));
		// Meanwhile another run may have taken its place.
		if (this.runId === id && !this.#closed) this.#hold(own);
		else own?.release();
	}

	/** A claim in place of the one before. */
	#hold(own: Claim | null): void {
		this.#claim?.release();
		this.#claim = own;
	}
}
