/** Makes actions take turns: each waits for the one before, whether that succeeds or fails. */
export class Turns {
	#last: Promise<unknown> = Promise.resolve();

	take<T>(action: () => Promise<T>): Promise<T> {
		const turn = this.#last.then(action);
		this.#last = turn.catch(() => {});
		return turn;
	}
}
