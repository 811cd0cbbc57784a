/** The engine on fragment programs of our own, on the WebGL context that tfjs has opened. */
import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import type { LaneSetup } from '../engine';
import { MemoryError } from '../memory';
import { compile } from './compile';
import { UnplannedError } from '../plan/plan';
import { PlannedEngine } from '../planned';
import { WebGlLane } from './lane';
import { imagesAcross } from './layout';
import { Textures } from './memory';
import { MapPool } from './pool';
import { Programs } from './programs';
import { Readbacks } from './readback';
import type { Device } from './resources';

/** Number of textures that a program writes at once. */
const TARGETS = 8;

export class WebGlEngine extends PlannedEngine<WebGlLane, MapPool> {
	readonly backend = 'webgl';
	readonly #backend: MathBackendWebGL;
	readonly #device: Device;
	/** Bytes of what does not depend on the batch. */
	readonly #lasting: number;

	/**
	 * @throws UnplannedError if our kernels lack an operation of a network, or the context can write too few textures
	 * @throws RangeError if given weights do not fit a network
	 */
	constructor(setups: readonly LaneSetup[], backend: MathBackendWebGL) {
		const plans = setups.map(({ network }) => compile(network));
		const gl = backend.gpgpu.gl as unknown as WebGL2RenderingContext;
		const targets = [gl.MAX_COLOR_ATTACHMENTS, gl.MAX_DRAW_BUFFERS].map((limit) =>
			gl.getParameter(limit)
		);
		if (Math.min(...targets) < TARGETS) throw new UnplannedError(plans[0].forward[0].node);
		const programs = new Programs(gl);
		const device = { memory: new Textures(gl), programs, readbacks: new Readbacks(gl, programs) };
		super(setups.map((setup, i) => new WebGlLane(setup, plans[i], device)));
		this.#backend = backend;
		this.#device = device;
		this.#lasting = device.memory.used.bytes;
		this.#release();
	}

	bytesFor(images: number): number {
		const memory = new Textures(this.#device.memory.gl, true);
		const pool = this.#poolOf(memory, images);
		for (const lane of this.lanes) lane.dispatches(pool);
		return this.#lasting + memory.used.bytes;
	}

	#poolOf(memory: Textures, images: number): MapPool {
		const shapes = this.lanes.flatMap(({ plan }) => plan.buffers);
		return new MapPool(memory, images, imagesAcross(shapes, images, memory.largest));
	}

	memory(): { tensors: number; bytes: number } {
		return this.#device.memory.used;
	}

	dispose(): void {
		const { memory, programs, readbacks } = this.#device;
		readbacks.dispose();
		programs.dispose();
		memory.dispose();
	}

	protected async layOut(images: number): Promise<void> {
		this.#device.programs.forgetTextures();
		this.pool?.dispose();
		try {
			const pool = (this.pool = this.#poolOf(this.#device.memory, images));
			for (const lane of this.lanes) await lane.layOut(pool);
		} catch (error) {
			this.pool?.dispose();
			// What one texture may hold says nothing of them all.
			throw error instanceof MemoryError ? new MemoryError(this.bytesFor(images), null) : error;
		} finally {
			this.#release();
		}
	}

	/** Restores the state of the context that tfjs expects. */
	protected override submit<T>(action: () => T): T {
		const result = action();
		this.#release();
		return result;
	}

	#release(): void {
		const { gpgpu } = this.#backend;
		const gl = gpgpu.gl as unknown as WebGL2RenderingContext;
		gl.bindVertexArray(null);
		gl.bindFramebuffer(gl.FRAMEBUFFER, null);
		gpgpu.setProgram(null);
	}
}
