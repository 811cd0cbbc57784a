/**
 * The clock of a recorded run that is played as a film: its first steps one at a time, so that they can be seen, then a
 * stop until the viewer has made a prediction, then the rest at a steady rate.
 */

/** Steps a second. */
const SLOW = 1.5;
export const RATE = 25;
/** A frame that took longer, in milliseconds, was not seen: the film does not skip what would have been in it. */
const LONGEST_FRAME = 250;

export class Film {
	/** The step on show, from 1. */
	readonly step: number = $derived.by(() => Math.floor(this.#at));
	readonly atEnd: boolean = $derived.by(() => this.#at >= this.last);
	/** Stands at `hold` until it is released. */
	readonly waiting: boolean = $derived.by(() => !this.released && this.#at >= this.hold);
	/** Whether it has been let go: then it no longer stops at `hold`. */
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

	/** Shows the first steps: in motion, or where motion is unwanted the last of them at once. */
	begin(still: boolean): void {
		if (still) this.#at = this.hold;
		else this.playing = true;
	}

	/** Goes on past `hold`: to the end, or at once to its last step where motion is unwanted. */
	release(still: boolean): void {
		this.released = true;
		if (still) this.#at = this.last;
		this.playing = !still;
	}

	/** Stops, goes on, or at the end begins anew. */
	toggle(): void {
		if (this.atEnd) this.#at = 1;
		if (this.waiting) this.released = true;
		this.playing = !this.playing;
	}

	/** Moves on by so many milliseconds. */
	advance(milliseconds: number): void {
		const seconds = Math.min(milliseconds, LONGEST_FRAME) / 1000;
		const end = this.released ? this.last : this.hold;
		this.#at = Math.min(end, this.#at + seconds * (this.released ? RATE : SLOW));
		if (this.#at >= end) this.playing = false;
	}

	/** Keeps time for as long as it plays. To be called in an effect. @returns stops it */
	run(): () => void {
		if (!this.playing) return () => {};
		let before = performance.now();
		const advance = (now: number) => {
			this.advance(now - before);
			before = now;
			frame = requestAnimationFrame(advance);
		};
		let frame = requestAnimationFrame(advance);
		return () => cancelAnimationFrame(frame);
	}
}
