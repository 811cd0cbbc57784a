/**
 * Calls `advance` before every repaint with the milliseconds since the one before.
 * @returns a function that ends it
 */
export function eachFrame(advance: (milliseconds: number) => void): () => void {
	let before = performance.now();
	let frame = requestAnimationFrame(function next(now) {
		frame = requestAnimationFrame(next);
		advance(now - before);
		before = now;
	});
	return () => cancelAnimationFrame(frame);
}
