/**
 * The clock of a recorded run that plays as a film: slowly through its first steps, then a stop until the viewer has
 * made a prediction, then the rest at a steady rate.
 */

/** Steps per second up to the stop; the rest is faster. */
const SLOW = 1.5;
export const RATE = 25;
/** Longest time, in milliseconds, that one frame advances the film, so that it does not skip what a blocked page could not show. */
const LONGEST_FRAME = 250;

export class Film {
	/** The step to show, from 1. */
	readonly step: number = $derived.by(() => Math.floor(this.#at));
	readonly atEnd: boolean = $derived.by(() => this.#at >= this.last);
	/** Whether it waits at `hold` to be released. */
	readonly waiting: boolean = $derived.by(() => !this.released && this.#at >= this.hold);
	/** Whether it has been released and no longer stops at `hold`. */
	released = $state(false);
	playing = $state(false);
	#at = $state(1);

	/**
	 * @param last step at which the film ends
	 * @param hold step at which it waits to be released
	 */
	constructor(
		readonly last: number,
		readonly hold: number
	) {}

	/** Shows the first steps up to `hold`: in motion, or if `still` only the last of them. */
	begin(still: boolean): void {
		if (still) this.#at = this.hold;
		else this.playing = true;
	}

	/** Continues past `hold` to the end, or if `still` jumps to the last step. */
	release(still: boolean): void {
		this.released = true;
		if (still) this.#at = this.last;
		this.playing = !still;
	}

	/** Pauses or plays; restarts at the end. */
	toggle(): void {
		if (this.atEnd) this.#at = 1;
		if (this.waiting) this.released = true;
		this.playing = !this.playing;
	}

	/** Advances by a number of milliseconds. */
	advance(milliseconds: number): void {
		const seconds = Math.min(milliseconds, LONGEST_FRAME) / 1000;
		const end = this.released ? this.last : this.hold;
		this.#at = Math.min(end, this.#at + seconds * (this.released ? RATE : SLOW));
		if (this.#at >= end) this.playing = false;
	}
}
