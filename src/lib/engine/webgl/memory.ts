/** Allocates and counts textures on the WebGL context that tfjs has opened. */
import { DeviceMemory } from '../device/memory';
import { MemoryError } from '../memory';
import { ROW } from './layout';

/** A texture array of 32-bit RGBA texels. */
export interface Texture {
	readonly handle: WebGLTexture;
	readonly width: number;
	readonly height: number;
	readonly layers: number;
}

export type Texels = readonly [width: number, height: number, layers?: number];

export class Textures extends DeviceMemory<Texture, Texels> {
	readonly gl: WebGL2RenderingContext;
	readonly #counts: boolean;

	/** @param counts whether to count what would be allocated, and to allocate nothing */
	constructor(gl: WebGL2RenderingContext, counts = false) {
		super();
		this.gl = gl;
		this.#counts = counts;
	}

	/** Largest width or height of a texture. */
	get largest(): number {
		return this.gl.getParameter(this.gl.MAX_TEXTURE_SIZE);
	}

	allocate(width: number, height: number, layers = 1): Texture {
		const { gl, largest } = this;
		const needed = width * height * layers * 16;
		if (this.#counts) return this.count({ handle: {}, width, height, layers }, needed);
		if (width > largest || height > largest) {
			const available = Math.min(width, largest) * Math.min(height, largest) * layers * 16;
			throw new MemoryError(needed, available);
		}
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
		return this.count({ handle, width, height, layers }, needed);
	}

	/** Allocates a flat texture with at least `texels` texels. */
	flat(texels: number): Texture {
		return this.allocate(ROW, Math.max(1, Math.ceil(texels / ROW)));
	}

	write({ handle, width, height, layers }: Texture, values: Float32Array): void {
		const { gl } = this;
		gl.bindTexture(gl.TEXTURE_2D_ARRAY, handle);
		const [whole, size] = [[0, 0, 0, 0] as const, [width, height, layers] as const];
		gl.texSubImage3D(gl.TEXTURE_2D_ARRAY, ...whole, ...size, gl.RGBA, gl.FLOAT, values);
	}

	protected free({ handle }: Texture): void {
		this.gl.deleteTexture(handle);
	}
}
