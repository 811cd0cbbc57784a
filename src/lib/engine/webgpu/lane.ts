/**
 * One network in training on WebGPU: its plan compiled to lists of dispatches whose pipelines, buffers and bind
 * groups are made once. A step encodes the lists into one submission; its metrics are read back later.
 */
import { dropoutsOf } from '../device/dropout';
import { DeviceLane, type StepValues } from '../device/lane';
import type { LaneSetup } from '../engine';
import type { Plan } from '../plan/plan';
import { backwardDispatches } from './backward';
import { sumsScratch } from './combine';
import { kernelGradScratch } from './generalConv';
import { forwardDispatches, lossDispatches } from './forward';
import { rowSize } from './head';
import { countingOf } from './histograms';
import type { Buffers } from './memory';
import type { MapPool } from './pool';
import { bind, REGION, type BoundDispatch, type Dispatch } from './programs';
import {
	combineSizes,
	gateOf,
	kernelGradSizes,
	headOf,
	laidOut,
	lasting,
	sumSizes,
	type Device,
	type Lasting,
	type Resources
} from './resources';
import { STEP_WORDS } from './shader';
import { sumScratch } from './sums';
import { normDispatches, packDispatches, updateDispatches } from './update';

export class WebGpuLane extends DeviceLane<Lasting, BoundDispatch, GPUBuffer> {
	#pack: readonly BoundDispatch[] = [];
	readonly #drops: boolean;
	#laidOut: Resources | null = null;

	/** @throws RangeError if given weights do not fit the network */
	constructor(setup: LaneSetup, plan: Plan, device: Device) {
		super(lasting(setup, plan, device), setup.seed);
		this.#drops = dropoutsOf(plan).length > 0;
	}

	/** Number of vec4f of partial sums for batches of `images` images. */
	scratchSize(images: number): number {
		const lane = { ...this.lasting, images };
		const { forward, backward } = this.plan;
		const needed = forward.map((op) => {
			if (op.kind === 'conv') return kernelGradScratch(kernelGradSizes(lane, op));
			return op.kind === 'combine' ? sumsScratch(combineSizes(lane, op)) : 0;
		});
		const summed = backward.map((op) => {
			if (op.kind === 'scaleGrad') return sumScratch(sumSizes(lane, op.dz));
			return op.kind === 'measure' ? sumScratch(sumSizes(lane, op.z)) : 0;
		});
		return Math.max(...needed, ...summed);
	}

	/** Counts what laying out takes, and the copies in which the numbers of two steps and of the lane's state are read back. */
	count(pool: MapPool, memory: Buffers): void {
		laidOut(this.lasting, pool);
		const { parameters, metrics } = this.lasting;
		for (const bytes of [metrics.size, metrics.size, parameters.stateBytes]) memory.allocate(bytes);
	}

	/** Compiles the plan for batches up to the pool's number of images. */
	async layOut(pool: MapPool): Promise<void> {
		this.lists = null;
		this.counting = null;
		const lane = (this.#laidOut = laidOut(this.lasting, pool));
		const [pack, forward, backward, update] = await Promise.all([
			this.#bound(packDispatches(lane)),
			this.#bound(forwardDispatches(lane), lossDispatches(lane)),
			this.#bound(backwardDispatches(lane), normDispatches(lane)),
			this.#bound(updateDispatches(lane))
		]);
		this.#pack = pack;
		const { head } = this.plan;
		const { rows } = headOf(lane, head);
		this.lists = { forward, backward, update, rows, rowSize: rowSize(head.classes) };
	}

	async layOutHistograms(): Promise<void> {
		if (!this.#laidOut) return;
		const { counts, ...dispatches } = countingOf(this.#laidOut);
		const [forward, backward, update] = await Promise.all([
			this.#bound(dispatches.forward),
			this.#bound(dispatches.backward),
			this.#bound(dispatches.update)
		]);
		const integersOf = (numbers: Float32Array) =>
			new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length);
		this.counting = { forward, backward, update, counts, integersOf };
	}

	#bound(...lists: readonly (readonly Dispatch[])[]): Promise<BoundDispatch[]> {
		const { memory, step } = this.lasting;
		return bind(memory.device, lists.flat(), { step });
	}

	setGate(block: number, gate: number): void {
		const { buffer, first } = gateOf(this.lasting, block);
		this.lasting.memory.device.queue.writeBuffer(buffer, first * 4, Float32Array.of(gate));
	}

	/** Encodes the dispatches into one submission. */
	protected async run(
		dispatches: readonly BoundDispatch[],
		step: StepValues,
		stores: readonly GPUBuffer[]
	): Promise<Float32Array[]> {
		const { memory, readbacks, parameters } = this.lasting;
		this.#write(step);
		const encoder = memory.device.createCommandEncoder();
		const pass = encoder.beginComputePass();
		const first = parameters.unpacked ? this.#pack : [];
		parameters.unpacked = false;
		for (const { pipeline, bindings, workgroups } of [...first, ...dispatches]) {
			pass.setPipeline(pipeline);
			pass.setBindGroup(0, bindings);
			const size = typeof workgroups === 'function' ? workgroups(step.images) : workgroups;
			pass.dispatchWorkgroups(...size);
		}
		pass.end();
		return readbacks.read(stores, encoder);
	}

	/** Writes the uniform that `STEP` declares. */
	#write({ images, training, update, dropout }: StepValues): void {
		const { memory, draws, step: uniform } = this.lasting;
		const words = new ArrayBuffer(STEP_WORDS * 4);
		const floats = new Float32Array(words);
		const integers = new Uint32Array(words);
		integers.set([images, training ? 1 : 0]);
		if (update) {
			const { code, learningRate, momentum, weightDecay, correction, clip } = update;
			floats.set([learningRate, momentum, weightDecay], 2);
			integers[5] = code;
			floats.set([correction, clip < Infinity ? clip : 0], 6);
		}
		const drawn = new Uint32Array(draws.size / 4);
		dropout?.forEach(({ key, threshold }, i) => drawn.set([key, threshold], i * REGION));
		if (this.#drops) memory.device.queue.writeBuffer(draws, 0, drawn);
		memory.device.queue.writeBuffer(uniform, 0, words);
	}
}
