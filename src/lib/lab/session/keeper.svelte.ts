/** Saves the run on the screen on this machine while it trains, under an id that this tab has claimed. */
import { uniqueName } from '$lib/base/uniqueName';
import type { RunRecord } from '../record/record';
import type { Snapshot } from '../record/snapshot';
import { claim, type Claim } from '../store/claim';
import { StoreError } from '../store/database';
import { runClaim, TakenError, type RunStore } from '../store/runs';

/** Returns the present state of the run to save; null if there is no run. */
export type Keepable = () => {
	readonly record: RunRecord;
	readonly snapshot: Snapshot | null;
	readonly running: boolean;
} | null;

export class RunKeeper {
	/** The id under which the run is saved; null if no run is saved. */
	runId = $state.raw<string | null>(null);
	/** Why runs cannot be saved on this machine; null if they can. */
	notKept = $state.raw<StoreError | null>(null);

	readonly #keepable: Keepable;
	readonly #onParted: () => void;
	/** The store of saved runs; null if runs are not saved. */
	#store: RunStore | null = null;
	#claim: Claim | null = null;
	/** The id of the run that is about to be continued. */
	#taking: string | null = null;
	#closed = false;
	/** When the last save ended and how long it took, in milliseconds; null during a save. */
	#written: { at: number; took: number } | null = { at: -Infinity, took: 0 };
	/** Whether there is more to save after the save in progress. */
	#writeAgain = false;

	/** @param onParted called when another tab has continued the run; this tab saves under another id from then on */
	constructor(keepable: Keepable, onParted: () => void) {
		this.#keepable = keepable;
		this.#onParted = onParted;
	}

	/** Sets the store in which runs are saved from now on. */
	keepIn(store: RunStore): void {
		this.#store = store;
	}

	/** To be called when a new run is on the screen: saves it under a new id. */
	begin(): void {
		const id = (this.runId = uniqueName());
		void this.#own(id);
	}

	/** To be called when the screen shows something that is not to be saved. */
	release(): void {
		this.runId = null;
		this.#hold(null);
	}

	/**
	 * Claims a saved run, to continue it; calls `then` once it belongs to this tab.
	 * @returns false if another tab has it
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
	 * Saves the run in its present state; during training, saving takes at most a tenth of the time.
	 * @param snapshot one later than the run's own
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

	/** Saves this tab's version under another id after another tab has continued the run. */
	async #part(id: string): Promise<void> {
		if (this.runId !== id) return;
		this.runId = uniqueName();
		this.#onParted();
		await this.#own(this.runId);
		this.#writeAgain = true;
	}

	/** Claims the id of the new run for this tab. */
	async #own(id: string): Promise<void> {
		const own = await claim(runClaim(id));
		// Another run may have replaced it meanwhile.
		if (this.runId === id && !this.#closed) this.#hold(own);
		else own?.release();
	}

	/** Holds a claim and releases the previous one. */
	#hold(own: Claim | null): void {
		this.#claim?.release();
		this.#claim = own;
	}
}
