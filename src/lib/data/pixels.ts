/** Converts decoded pictures to images of a data set. */

/** Converts RGBA to bytes `[H, W, C]`; with one channel, to luma (BT.601). */
export function imageBytes(rgba: Uint8ClampedArray, channels: number): Uint8Array<ArrayBuffer> {
	const pixels = new Uint8Array((rgba.length / 4) * channels);
	for (let i = 0; i < rgba.length / 4; i++) {
		const [red, green, blue] = rgba.subarray(i * 4, i * 4 + 3);
		const grey = Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
		for (let c = 0; c < channels; c++)
			pixels[i * channels + c] = channels === 3 ? [red, green, blue][c] : grey;
	}
	return pixels;
}
