/** A pointer that draws on a chart: strokes from place to place as long as it is pressed. */
export class Pen<Place> {
	#at: Place | null = null;

	/**
	 * Takes what the pointer does.
	 * @param to where it is; null where nothing can be drawn
	 */
	moved(event: PointerEvent, to: Place | null, onStroke: (from: Place, to: Place) => void): void {
		if (event.type === 'pointerdown')
			(event.currentTarget as Element).setPointerCapture(event.pointerId);
		else if (this.#at === null) return;
		if (to === null) return;
		onStroke(this.#at ?? to, to);
		this.#at = to;
	}

	/** The pointer is no longer pressed. */
	lift(): void {
		this.#at = null;
	}
}
