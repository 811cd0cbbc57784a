/** Reads textures back without stalling: copies them into buffers first, and fetches these once they are filled. */
import type { Programs } from './programs';
import type { Texture } from './memory';

export class Readbacks {
	readonly #gl: WebGL2RenderingContext;
	readonly #programs: Programs;
	readonly #free: { buffer: WebGLBuffer; bytes: number }[] = [];

	constructor(gl: WebGL2RenderingContext, programs: Programs) {
		this.#gl = gl;
		this.#programs = programs;
	}

	/**
	 * The numbers of all layers, after everything submitted before.
	 * @throws Error if the context is lost
	 */
	async read(texture: Texture): Promise<Float32Array> {
		const gl = this.#gl;
		const { width, height, layers } = texture;
		const layerBytes = width * height * 16;
		const bytes = layers * layerBytes;
		const index = this.#free.findIndex((one) => one.bytes === bytes);
		const one = index < 0 ? { buffer: gl.createBuffer(), bytes } : this.#free.splice(index, 1)[0];
		gl.bindBuffer(gl.PIXEL_PACK_BUFFER, one.buffer);
		if (index < 0) gl.bufferData(gl.PIXEL_PACK_BUFFER, bytes, gl.STREAM_READ);
		for (let layer = 0; layer < layers; layer++) {
			this.#programs.bindForReading(texture, layer);
			gl.readPixels(0, 0, width, height, gl.RGBA, gl.FLOAT, layer * layerBytes);
		}
		gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
		gl.bindFramebuffer(gl.FRAMEBUFFER, null);
		await this.#passed();
		const values = new Float32Array(bytes / 4);
		gl.bindBuffer(gl.PIXEL_PACK_BUFFER, one.buffer);
		gl.getBufferSubData(gl.PIXEL_PACK_BUFFER, 0, values);
		gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
		this.#free.push(one);
		return values;
	}

	/** Resolves once all commands submitted so far are done. */
	async #passed(): Promise<void> {
		const gl = this.#gl;
		const sync = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
		gl.flush();
		for (;;) {
			if (!sync || gl.isContextLost()) throw new Error('the WebGL context is lost');
			const state = gl.clientWaitSync(sync, 0, 0);
			if (state === gl.ALREADY_SIGNALED || state === gl.CONDITION_SATISFIED) break;
			if (state === gl.WAIT_FAILED) throw new Error('waiting for the WebGL context failed');
			// Use a timer instead of polling: a software adapter needs the CPU cores for drawing.
			await new Promise((resolve) => setTimeout(resolve, 1));
		}
		gl.deleteSync(sync);
	}

	dispose(): void {
		for (const { buffer } of this.#free) this.#gl.deleteBuffer(buffer);
		this.#free.length = 0;
	}
}
