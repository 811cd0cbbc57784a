/** The engine on fragment programs of our own, on the WebGL context that tfjs has opened. */
import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import type {
	Batch,
	Engine,
	Evaluation,
	LaneMetrics,
	LaneSetup,
	LaneState,
	Recipe
} from '../engine';
import { evaluateBatches } from '../evaluation';
import { MemoryError } from '../memory';
import { compile, planBytes, UnplannedError } from '../plan/plan';
import { WebGlLane } from './lane';
import { imagesAcross } from './layout';
import { Programs } from './programs';
import { Readbacks } from './readback';
import { MapPool, Textures } from './textures';

/** Textures that a program writes at once. */
const TARGETS = 8;

export class WebGlEngine implements Engine {
	readonly backend = 'webgl';
	readonly #backend: MathBackendWebGL;
	readonly #textures: Textures;
	readonly #programs: Programs;
	readonly #readbacks: Readbacks;
	readonly #lanes: readonly WebGlLane[];
	#pool: MapPool | null = null;
	#laidOut: Promise<void> = Promise.resolve();

	/**
	 * @throws UnplannedError when a network has an operation without a kernel, or the context writes too few textures
	 * @throws RangeError when given weights do not fit a network
	 */
	constructor(setups: readonly LaneSetup[], backend: MathBackendWebGL) {
		const plans = setups.map(({ network }) => compile(network));
		this.#backend = backend;
		const gl = backend.gpgpu.gl as unknown as WebGL2RenderingContext;
		if (
			gl.getParameter(gl.MAX_COLOR_ATTACHMENTS) < TARGETS ||
			gl.getParameter(gl.MAX_DRAW_BUFFERS) < TARGETS
		)
			throw new UnplannedError(plans[0].forward[0].node);
		this.#textures = new Textures(gl);
		this.#programs = new Programs(gl);
		this.#readbacks = new Readbacks(gl, this.#programs);
		this.#lanes = setups.map(
			(setup, i) => new WebGlLane(setup, plans[i], this.#textures, this.#programs, this.#readbacks)
		);
		this.#release();
	}

	prepare(images: number): Promise<void> {
		return this.#makeRoom(images);
	}

	async step(
		batch: Batch,
		recipe: Recipe,
		active?: readonly boolean[]
	): Promise<(LaneMetrics | null)[]> {
		await this.#makeRoom(batch.shape[0]);
		// All lanes are submitted before the first is waited for.
		return this.#with(() =>
			Promise.all(
				this.#lanes.map((lane, i) => ((active?.[i] ?? true) ? lane.step(batch, recipe) : null))
			)
		);
	}

	async logits(lane: number, batch: Batch, training: boolean): Promise<Float32Array> {
		await this.#makeRoom(batch.shape[0]);
		return this.#with(() => this.#lanes[lane].logits(batch, training));
	}

	evaluate(lane: number, batches: readonly Batch[]): Promise<Evaluation> {
		return evaluateBatches(batches, this.#pool?.images ?? Infinity, async (batch) => {
			await this.#makeRoom(batch.shape[0]);
			return this.#with(() => this.#lanes[lane].evaluate(batch));
		});
	}

	setGate(lane: number, block: number, gate: number): void {
		this.#lanes[lane].setGate(block, gate);
	}

	state(lane: number): Promise<LaneState> {
		return this.#with(() => this.#lanes[lane].state());
	}

	memory(): { tensors: number; bytes: number } {
		return this.#textures.used;
	}

	dispose(): void {
		this.#readbacks.dispose();
		this.#programs.dispose();
		this.#textures.dispose();
	}

	/** Calls that come while the plan is being compiled wait for it, in order. */
	#makeRoom(images: number): Promise<void> {
		this.#laidOut = this.#laidOut.then(async () => {
			if (images <= (this.#pool?.images ?? 0)) return;
			const plans = this.#lanes.map(({ plan }) => plan);
			const shapes = plans.flatMap(({ buffers }) => buffers);
			const across = imagesAcross(shapes, images, this.#textures.largest);
			this.#programs.forgetTextures();
			this.#pool?.dispose();
			this.#pool = null;
			const pool = new MapPool(this.#textures, images, across);
			try {
				for (const lane of this.#lanes) await lane.layOut(pool);
			} catch (error) {
				pool.dispose();
				if (error instanceof MemoryError)
					throw new MemoryError(planBytes(plans, images).total, error.available);
				throw error;
			} finally {
				this.#release();
			}
			this.#pool = pool;
		});
		return this.#laidOut;
	}

	/** Runs what submits at once and awaits later, and leaves the context as tfjs expects it. */
	#with<T>(action: () => Promise<T>): Promise<T> {
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
