/**
 * One network in training on WebGL: its plan compiled to lists of draws whose programs and textures are made once. A
 * step makes the draws in order; its metrics are read back later.
 */
import { DeviceLane, type StepValues } from '../device/lane';
import type { LaneSetup } from '../engine';
import type { Plan } from '../plan/plan';
import { backwardDispatches } from './backward';
import { forwardDispatches, lossDispatches } from './forward';
import type { Texture } from './memory';
import type { MapPool } from './pool';
import type { Draw } from './programs';
import { headOf, laidOut, lasting, type Device, type Lasting } from './resources';
import { normDispatches, updateDispatches } from './update';

export class WebGlLane extends DeviceLane<Lasting, Draw, Texture> {
	/** @throws RangeError if given weights do not fit the network */
	constructor(setup: LaneSetup, plan: Plan, device: Device) {
		super(lasting(setup, plan, device), setup.seed);
	}

	/** Compiles the plan for batches up to the pool's number of images. */
	async layOut(pool: MapPool): Promise<void> {
		this.lists = null;
		const { lane, forward, backward } = this.dispatches(pool);
		const draws = await lane.programs.ready([...forward, ...backward]);
		this.lists = {
			forward: draws.slice(0, forward.length),
			backward: draws.slice(forward.length),
			rows: headOf(lane, this.plan.head).logits
		};
	}

	/** The plan for batches up to the pool's number of images, with all textures that it needs. */
	dispatches(pool: MapPool) {
		const lane = laidOut(this.lasting, pool);
		// In the order of a step, because in-place draws move maps to other textures.
		const forward = [...forwardDispatches(lane), ...lossDispatches(lane)];
		const backward = [
			...backwardDispatches(lane),
			...normDispatches(lane),
			...updateDispatches(lane)
		];
		return { lane, forward, backward };
	}

	setGate(block: number, gate: number): void {
		this.lasting.gates[block] = gate;
	}

	protected async run(
		draws: readonly Draw[],
		step: StepValues,
		rows?: Texture
	): Promise<Float32Array> {
		const { programs, readbacks, parameters, metrics } = this.lasting;
		programs.run(draws, step);
		for (const pair of parameters.running) pair.swap();
		if (step.update) parameters.swap();
		if (!rows) return readbacks.read(metrics);
		return (await readbacks.read(rows)).subarray(0, step.images * rows.width * 4);
	}
}
