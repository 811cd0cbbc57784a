/**
 * One network in training on WebGL: its plan compiled to lists of draws whose programs and textures are made once. A
 * step makes the draws one after another; what it tells is read back later.
 */
import type { LaneSetup } from '../engine';
import { DeviceLane, type StepValues } from '../lane';
import type { Plan } from '../plan/plan';
import { backwardDispatches } from './backward';
import { forwardDispatches, lossDispatches } from './forward';
import type { Texture, Textures } from './memory';
import type { MapPool } from './pool';
import type { Dispatch, Programs } from './programs';
import type { Readbacks } from './readback';
import { laidOut, lasting, type Lasting } from './resources';
import { normDispatches, updateDispatches } from './update';

export class WebGlLane extends DeviceLane<Dispatch, Texture> {
	readonly #programs: Programs;
	readonly #readbacks: Readbacks;
	readonly #lasting: Lasting;

	/** @throws RangeError when given weights do not fit the network */
	constructor(
		setup: LaneSetup,
		plan: Plan,
		textures: Textures,
		programs: Programs,
		readbacks: Readbacks
	) {
		const lane = lasting(setup, plan, textures, readbacks);
		super(plan, setup.seed, lane.parameters, lane.metricPlaces.places);
		this.#programs = programs;
		this.#readbacks = readbacks;
		this.#lasting = lane;
	}

	/** Compiles the plan for batches of as many images as the pool has room for. */
	async layOut(pool: MapPool): Promise<void> {
		this.lists = null;
		const lane = laidOut(this.#lasting, pool);
		// In the order of a step: what is done in place moves maps.
		const forward = forwardDispatches(lane);
		const loss = lossDispatches(lane);
		const backward = backwardDispatches(lane);
		const norms = normDispatches(lane);
		const update = updateDispatches(lane);
		await this.#programs.ready([forward, loss, backward, norms, update].flat());
		this.lists = { forward, loss, backward, norms, update, rows: lane.logits };
	}

	setGate(block: number, gate: number): void {
		this.#lasting.gates[block] = gate;
	}

	protected async run(
		dispatches: readonly Dispatch[],
		step: StepValues,
		rows?: Texture
	): Promise<Float32Array> {
		const { parameters, metrics } = this.#lasting;
		this.#programs.run(dispatches, step);
		for (const pair of parameters.running) pair.swap();
		if (step.update) parameters.swap();
		if (!rows) return this.#readbacks.read(metrics);
		return (await this.#readbacks.read(rows)).subarray(0, step.images * rows.width * 4);
	}
}
