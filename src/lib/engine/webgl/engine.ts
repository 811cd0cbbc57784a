/** The engine on fragment programs of our own, on the WebGL context that tfjs has opened. */
import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import type { Batch } from '$lib/base/image';
import type { LaneSetup } from '../engine';
import { MemoryError } from '../memory';
import { compile, UnplannedError } from '../plan/plan';
import { PlannedEngine } from '../planned';
import { WebGlLane } from './lane';
import { imagesAcross } from './layout';
import { Textures } from './memory';
import { MapPool } from './pool';
import { Programs } from './programs';
import { Readbacks } from './readback';

/** Textures that a program writes at once. */
const TARGETS = 8;

export class WebGlEngine extends PlannedEngine<WebGlLane> {
	readonly backend = 'webgl';
	readonly #backend: MathBackendWebGL;
	readonly #textures: Textures;
	readonly #programs: Programs;
	readonly #readbacks: Readbacks;
	#pool: MapPool | null = null;

	/**
	 * @throws UnplannedError when a network has an operation without a kernel, or the context writes too few textures
	 * @throws RangeError when given weights do not fit a network
	 */
	constructor(setups: readonly LaneSetup[], backend: MathBackendWebGL) {
		const plans = setups.map(({ network }) => compile(network));
		const gl = backend.gpgpu.gl as unknown as WebGL2RenderingContext;
		const targets = [gl.MAX_COLOR_ATTACHMENTS, gl.MAX_DRAW_BUFFERS].map((limit) =>
			gl.getParameter(limit)
		);
		if (Math.min(...targets) < TARGETS) throw new UnplannedError(plans[0].forward[0].node);
		const textures = new Textures(gl);
		const programs = new Programs(gl);
		const readbacks = new Readbacks(gl, programs);
		super(setups.map((setup, i) => new WebGlLane(setup, plans[i], textures, programs, readbacks)));
		this.#backend = backend;
		this.#textures = textures;
		this.#programs = programs;
		this.#readbacks = readbacks;
		this.#release();
	}

	memory(): { tensors: number; bytes: number } {
		return this.#textures.used;
	}

	dispose(): void {
		this.#readbacks.dispose();
		this.#programs.dispose();
		this.#textures.dispose();
	}

	protected upload(batch: Batch): void {
		this.#pool?.upload(batch);
	}

	protected async layOut(images: number): Promise<void> {
		const shapes = this.lanes.flatMap(({ plan }) => plan.buffers);
		const across = imagesAcross(shapes, images, this.#textures.largest);
		this.#programs.forgetTextures();
		this.#pool?.dispose();
		const pool = (this.#pool = new MapPool(this.#textures, images, across));
		try {
			for (const lane of this.lanes) await lane.layOut(pool);
		} catch (error) {
			pool.dispose();
			if (error instanceof MemoryError)
				throw new MemoryError(this.bytesFor(images), error.available);
			throw error;
		} finally {
			this.#release();
		}
	}

	/** Leaves the context as tfjs expects it. */
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
