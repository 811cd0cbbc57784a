/**
 * Whether a canvas gives back the pixels that were drawn on it. Against fingerprinting, some browsers change what a page
 * reads: Firefox with `privacy.resistFingerprinting` (and Tor) gives noise, Brave nearly the same pixels.
 */
export async function canvasIsExact(): Promise<boolean> {
	const side = 16;
	const context = new OffscreenCanvas(side, side).getContext('2d');
	if (!context) return false;
	const drawn = context.createImageData(side, side);
	// Opaque, because transparent colours are rounded everywhere.
	drawn.data.forEach((_, i, data) => (data[i] = i % 4 === 3 ? 255 : (i * 37) % 256));
	const bitmap = await createImageBitmap(drawn);
	context.drawImage(bitmap, 0, 0);
	bitmap.close();
	const { data } = context.getImageData(0, 0, side, side);
	return data.every((value, i) => value === drawn.data[i]);
}
