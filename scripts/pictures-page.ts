/** Runs in the browser for `pictures.mjs`: turns PNG frames into an animated GIF. */
import { applyPalette, GIFEncoder, quantize } from 'gifenc';

const encoder = GIFEncoder();

async function addFrame(png: string, delay: number): Promise<void> {
	const bytes = Uint8Array.from(atob(png), (c) => c.charCodeAt(0));
	const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
	const { width, height } = bitmap;
	const context = new OffscreenCanvas(width, height).getContext('2d')!;
	context.drawImage(bitmap, 0, 0);
	const { data } = context.getImageData(0, 0, width, height);
	const palette = quantize(data, 64);
	encoder.writeFrame(applyPalette(data, palette), width, height, { palette, delay });
}

function finish(): string {
	encoder.finish();
	let text = '';
	for (const byte of encoder.bytes()) text += String.fromCharCode(byte);
	return btoa(text);
}

Object.assign(globalThis, { addFrame, finish });
