/** Gets the 2D context of a canvas. */

/** @throws Error if the browser provides none, for example when too many canvases are open */
export function context2d(
	canvas: HTMLCanvasElement,
	settings?: CanvasRenderingContext2DSettings
): CanvasRenderingContext2D {
	const context = canvas.getContext('2d', settings);
	if (!context) throw new Error('the browser draws on no canvas');
	return context;
}
