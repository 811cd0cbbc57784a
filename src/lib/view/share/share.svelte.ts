/** What is shared from the page on the screen. */

export interface Sharable {
	/** The search part of a link that opens the page as it stands. */
	readonly search: () => URLSearchParams;
	/** Whether there are panels that a teacher can hide from the class. */
	readonly panels: boolean;
}

class Share {
	/** Whether the box is open. */
	open = $state(false);
	#offered = $state.raw<Sharable | null>(null);

	/** Of the page on the screen; null where its address says it all. */
	get offered(): Sharable | null {
		return this.#offered;
	}

	/** @returns takes it back */
	offer(sharable: Sharable): () => void {
		this.#offered = sharable;
		return () => {
			if (this.#offered === sharable) this.#offered = null;
		};
	}
}

export const share = new Share();
