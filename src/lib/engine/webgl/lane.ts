/**
 * One network in training on WebGL: its plan compiled to lists of draws whose programs and textures are made once. A
 * step makes the draws in order; its metrics are read back later.
 */
import { DeviceLane, type StepValues } from '../device/lane';
import type { LaneSetup } from '../engine';
import type { Plan } from '../plan/plan';
import { backwardDispatches } from './backward';
import { forwardDispatches, lossDispatches } from './forward';
import { countingOf } from './histograms';
import type { Texture } from './memory';
import type { MapPool } from './pool';
import type { Draw } from './programs';
import { headOf, laidOut, lasting, type Device, type Lasting } from './resources';
import { normDispatches, updateDispatches } from './update';

export class WebGlLane extends DeviceLane<Lasting, Draw, Texture> {
	/** Null until the lane is laid out. */
	#counting: (() => ReturnType<typeof countingOf>) | null = null;

	/** @throws RangeError if given weights do not fit the network */
	constructor(setup: LaneSetup, plan: Plan, device: Device) {
		super(lasting(setup, plan, device), setup.seed);
	}

	/** Compiles the plan for batches up to the pool's number of images. */
	async layOut(pool: MapPool): Promise<void> {
		this.lists = null;
		this.counting = null;
		const { lane, forward, backward, update, counting } = this.dispatches(pool);
		this.#counting = counting;
		const draws = await lane.programs.ready([...forward, ...backward, ...update]);
		const [first, second] = [forward.length, forward.length + backward.length];
		const { logits } = headOf(lane, this.plan.head);
		this.lists = {
			forward: draws.slice(0, first),
			backward: draws.slice(first, second),
			update: draws.slice(second),
			rows: logits,
			rowSize: logits.width * 4
		};
	}

	/** The plan for batches up to the pool's number of images, with all textures that it needs. */
	dispatches(pool: MapPool) {
		const lane = laidOut(this.lasting, pool);
		// In the order of a step, because in-place draws move maps to other textures.
		const forward = [...forwardDispatches(lane), ...lossDispatches(lane)];
		const maps = [...lane.maps];
		const backward = [...backwardDispatches(lane), ...normDispatches(lane)];
		const update = updateDispatches(lane);
		return { lane, forward, backward, update, counting: () => countingOf({ ...lane, maps }) };
	}

	async layOutHistograms(): Promise<void> {
		const counting = this.#counting?.();
		if (!counting) return;
		const { programs } = this.lasting;
		this.counting = {
			forward: await programs.ready(counting.forward),
			backward: await programs.ready(counting.backward),
			update: await programs.ready(counting.update),
			counts: counting.counts,
			integersOf: (numbers) => Uint32Array.from(numbers)
		};
	}

	setGate(block: number, gate: number): void {
		this.lasting.gates[block] = gate;
	}

	protected async run(
		draws: readonly Draw[],
		step: StepValues,
		stores: readonly Texture[]
	): Promise<Float32Array[]> {
		const { programs, readbacks, parameters } = this.lasting;
		programs.run(draws, step);
		for (const pair of parameters.running) pair.swap();
		if (step.update) parameters.swap();
		return Promise.all(stores.map((store) => readbacks.read(store)));
	}
}
