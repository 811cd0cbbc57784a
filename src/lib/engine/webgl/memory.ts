/** Textures on the WebGL context that tfjs has opened, counted. */
import { MemoryError } from '../memory';
import { ROW } from './layout';

/** An array of 32-bit RGBA textures. */
export interface Texture {
	readonly handle: WebGLTexture;
	readonly width: number;
	readonly height: number;
	readonly layers: number;
}

const bytesOf = ({ width, height, layers }: Texture) => width * height * layers * 16;

export class Textures {
	readonly gl: WebGL2RenderingContext;
	readonly #alive = new Set<Texture>();

	constructor(gl: WebGL2RenderingContext) {
		this.gl = gl;
	}

	/** Rows or columns of the largest texture. */
	get largest(): number {
		return this.gl.getParameter(this.gl.MAX_TEXTURE_SIZE);
	}

	/** Zeros. @throws MemoryError */
	allocate(width: number, height: number, layers = 1): Texture {
		const { gl, largest } = this;
		const needed = width * height * layers * 16;
		if (width > largest || height > largest) throw new MemoryError(needed, largest * largest * 16);
		const handle = gl.createTexture();
		if (!handle) throw new MemoryError(needed, null);
		gl.bindTexture(gl.TEXTURE_2D_ARRAY, handle);
		gl.texStorage3D(gl.TEXTURE_2D_ARRAY, 1, gl.RGBA32F, width, height, layers);
		gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
		gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
		if (gl.getError() === gl.OUT_OF_MEMORY) {
			gl.deleteTexture(handle);
			throw new MemoryError(needed, null);
		}
		const texture = { handle, width, height, layers };
		this.#alive.add(texture);
		return texture;
	}

	/** A flat texture of so many texels. */
	flat(texels: number): Texture {
		return this.allocate(ROW, Math.max(1, Math.ceil(texels / ROW)));
	}

	write({ handle, width, height, layers }: Texture, values: Float32Array): void {
		const { gl } = this;
		gl.bindTexture(gl.TEXTURE_2D_ARRAY, handle);
		gl.texSubImage3D(
			gl.TEXTURE_2D_ARRAY,
			0,
			0,
			0,
			0,
			width,
			height,
			layers,
			gl.RGBA,
			gl.FLOAT,
			values
		);
	}

	release(texture: Texture): void {
		if (this.#alive.delete(texture)) this.gl.deleteTexture(texture.handle);
	}

	get used(): { tensors: number; bytes: number } {
		let bytes = 0;
		for (const texture of this.#alive) bytes += bytesOf(texture);
		return { tensors: this.#alive.size, bytes };
	}

	dispose(): void {
		for (const texture of this.#alive) this.gl.deleteTexture(texture.handle);
		this.#alive.clear();
	}
}
