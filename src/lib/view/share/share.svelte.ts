/** The state that the page on the screen offers for sharing. */

export interface Sharable {
	/** The search part of a link to the present state of the page. */
	readonly search: () => URLSearchParams;
	/** Whether there are panels that a teacher can hide from the class. */
	readonly panels: boolean;
}

class Share {
	/** Whether the dialog is open. */
	open = $state(false);
	#offered = $state.raw<Sharable | null>(null);

	/** What the page offers; null if its address already has everything. */
	get offered(): Sharable | null {
		return this.#offered;
	}

	/** Offers a page's state. @returns a function that withdraws it */
	offer(sharable: Sharable): () => void {
		this.#offered = sharable;
		return () => {
			if (this.#offered === sharable) this.#offered = null;
		};
	}
}

export const share = new Share();
