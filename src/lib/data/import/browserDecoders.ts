/** Decoders of pictures in a browser, on its page or in a worker. */
import jpegUrl from '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm?url';
import { canvasIsExact } from '$lib/base/exactCanvas';
import type { Decoders } from './decode';

export const BROWSER_DECODERS: Decoders = {
	jpeg: () => (compiled ??= compile()),
	async browser(picture) {
		if (!(await (exact ??= canvasIsExact())))
			throw new Error('this browser changes the pixels that pages read, against fingerprinting');
		const bitmap = await createImageBitmap(picture, {
			colorSpaceConversion: 'none',
			premultiplyAlpha: 'none'
		});
		const { width, height } = bitmap;
		const context = new OffscreenCanvas(width, height).getContext('2d');
		if (!context) throw new Error('the browser draws on no canvas');
		context.drawImage(bitmap, 0, 0);
		bitmap.close();
		return context.getImageData(0, 0, width, height);
	}
};

let compiled: Promise<WebAssembly.Module> | null = null;
async function compile(): Promise<WebAssembly.Module> {
	const response = await fetch(jpegUrl);
	return WebAssembly.compile(await response.arrayBuffer());
}

let exact: Promise<boolean> | null = null;
