/** The engine on tfjs kernels: lanes stepped one after another. */
import type { Batch } from '$lib/base/image';
import * as tf from '@tensorflow/tfjs-core';
import type {
	BackendName,
	Engine,
	Evaluation,
	LaneSetup,
	LaneState,
	LaneStep,
	NotFinite,
	Recipe
} from '../engine';
import { evaluateBatches } from '../evaluation';
import type { BackwardRequest, ForwardMode, NodeGradients } from '../inspect';
import type { UnplannedError } from '../plan/plan';
import { bytesOf } from './bytes';
import { computeOn, type Backend } from './backend';
import { DeviceOps } from './device';
import { HostOps } from './host';
import { TfjsLane } from './lane';

export class TfjsEngine implements Engine {
	readonly backend: BackendName;
	readonly reference: Engine['reference'];
	readonly #lanes: TfjsLane[];
	/** The latest step, which the next one waits for. */
	#last: Promise<unknown> = Promise.resolve();

	/** @param unplanned why our kernels do not train the networks, if that is the reason; see `Engine.reference` */
	constructor(backend: Backend, setups: readonly LaneSetup[], unplanned?: UnplannedError) {
		const { name } = backend;
		this.reference = unplanned ? { node: unplanned.node, type: unplanned.type } : null;
		this.backend = name;
		const ops = name === 'wasm' || name === 'cpu' ? new HostOps() : new DeviceOps();
		const ready = () => computeOn(backend);
		this.#lanes = setups.map((setup) => new TfjsLane(setup, ops, ready));
	}

	/** Does nothing: tfjs allocates memory on demand. */
	async prepare(): Promise<void> {}

	bytesFor(images: number): number {
		return bytesOf(
			this.#lanes.map(({ network }) => network),
			images
		);
	}

	step(
		batch: Batch,
		recipe: Recipe,
		active?: readonly boolean[],
		histograms = false
	): Promise<(LaneStep | null)[]> {
		const step = this.#last.then(() => this.#step(batch, recipe, active, histograms));
		this.#last = step.catch(() => {});
		return step;
	}

	async #step(
		batch: Batch,
		recipe: Recipe,
		active: readonly boolean[] | undefined,
		histograms: boolean
	): Promise<(LaneStep | null)[]> {
		const steps: (LaneStep | null)[] = [];
		for (const [i, lane] of this.#lanes.entries())
			steps.push((active?.[i] ?? true) ? await lane.step(batch, recipe, histograms) : null);
		return steps;
	}

	logits(lane: number, batch: Batch, training: boolean): Promise<Float32Array> {
		return this.#lanes[lane].logits(batch, training);
	}

	/** See `TfjsLane.outputs`. */
	outputs(
		lane: number,
		batch: Batch,
		nodes: readonly string[]
	): Promise<Map<string, Float32Array>> {
		return this.#lanes[lane].outputs(batch, nodes);
	}

	/** See `gradientPasses`. */
	gradients(
		lane: number,
		batch: Batch,
		mode: ForwardMode,
		requests: Iterable<BackwardRequest>
	): AsyncGenerator<NodeGradients> {
		return this.#lanes[lane].gradients(batch, mode, requests);
	}

	/** See `batchLoss`. */
	loss(lane: number, batch: Batch, mode: ForwardMode): Promise<number> {
		return this.#lanes[lane].loss(batch, mode);
	}

	/** See `TfjsLane.firstNotFinite`. */
	firstNotFinite(lane: number, batch: Batch): Promise<NotFinite | null> {
		return this.#lanes[lane].firstNotFinite(batch);
	}

	evaluate(lane: number, batches: readonly Batch[]): Promise<Evaluation> {
		return evaluateBatches(batches, Infinity, (batch) => this.#lanes[lane].evaluate(batch));
	}

	setGate(lane: number, block: number, gate: number): void {
		this.#lanes[lane].setGate(block, gate);
	}

	state(lane: number): Promise<LaneState> {
		return this.#lanes[lane].state();
	}

	async load(lane: number, state: LaneState): Promise<void> {
		this.#lanes[lane].load(state);
	}

	memory(): { tensors: number; bytes: number } {
		const { numTensors, numBytes } = tf.engine().state;
		return { tensors: numTensors, bytes: numBytes };
	}

	dispose(): void {
		for (const lane of this.#lanes) lane.dispose();
	}
}
