// Limits a rate: a bucket holds so many units and fills at so many per second.

export class Bucket {
	#level;
	#filledAt;
	#holds;
	#perSecond;

	/**
	 * @param {number} holds
	 * @param {number} perSecond
	 * @param {number} now in milliseconds
	 */
	constructor(holds, perSecond, now) {
		this.#holds = this.#level = holds;
		this.#perSecond = perSecond;
		this.#filledAt = now;
	}

	/**
	 * Takes units out; false if there are not so many.
	 * @param {number} units
	 * @param {number} now
	 */
	take(units, now) {
		const filled = this.#level + ((now - this.#filledAt) / 1000) * this.#perSecond;
		this.#level = Math.min(this.#holds, filled);
		this.#filledAt = now;
		if (this.#level < units) return false;
		this.#level -= units;
		return true;
	}

	/** Whether nothing has been taken for long. @param {number} now */
	isFull(now) {
		return this.#level + ((now - this.#filledAt) / 1000) * this.#perSecond >= this.#holds;
	}
}
