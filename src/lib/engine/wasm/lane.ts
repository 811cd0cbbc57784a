/**
 * One network in training on the wasm kernels: its plan bound to memory once, so that a step runs fixed lists of
 * dispatches. Small things (per-channel vectors, running averages) are computed in TypeScript between the kernels.
 */
import type { Batch } from '$lib/base/image';
import type { LaneSetup, LaneState, LaneStep, NotFinite, Recipe } from '../engine';
import { updateConstants } from '../optimiser';
import type { Plan } from '../plan/plan';
import type { PlannedLane, Sums } from '../planned';
import { backwardDispatches } from './backward';
import { diagnose } from './diagnosis';
import { forwardDispatches } from './forward';
import { lossDispatches } from './head';
import { histogramsOf } from './histograms';
import type { WasmModule } from './module';
import type { MapPool } from './places';
import {
	laidOut,
	lasting,
	type Dispatch,
	type Lasting,
	type Resources,
	type StepSettings,
	type Step
} from './resources';
import { clipDispatches, normDispatches, updateDispatches } from './update';

/** A lane laid out for batches, with its lists of dispatches. */
const withLists = (lane: Resources) => ({
	lane,
	forward: forwardDispatches(lane),
	loss: lossDispatches(lane),
	backward: backwardDispatches(lane),
	norms: normDispatches(lane),
	clip: clipDispatches(lane),
	update: updateDispatches(lane),
	histograms: histogramsOf(lane)
});

export class WasmLane implements PlannedLane {
	readonly plan: Plan;
	readonly #lasting: Lasting;
	#laidOut: ReturnType<typeof withLists> | null = null;

	/** @throws RangeError if given weights do not fit the network */
	constructor(setup: LaneSetup, plan: Plan, module: WasmModule) {
		this.plan = plan;
		this.#lasting = lasting(setup, plan, module);
	}

	/** Binds the plan for batches up to the pool's number of images. */
	layOut(pool: MapPool): void {
		this.#laidOut = withLists(laidOut(this.#lasting, pool));
	}

	step({ shape: [images] }: Batch, recipe: Recipe, histograms = false): LaneStep {
		const { forward, loss, backward, norms, clip, update, ...lists } = this.#ready();
		const step = this.#stepOf(images, recipe);
		const counting = histograms ? lists.histograms() : null;
		run(step, forward, loss);
		counting?.maps(images);
		run(step, backward, norms, recipe.clip === undefined ? [] : clip, update);
		return {
			loss: step.loss / images,
			trainingError: step.wrong / images,
			...step.metrics,
			...(counting && { histograms: counting.end() })
		};
	}

	logits({ shape: [images] }: Batch, training: boolean): Float32Array {
		const { lane, forward, loss } = this.#ready();
		run(this.#runOf(images, training), forward, loss);
		const { classes, node } = this.plan.head;
		return lane.module.floats(lane.heads[node].logits, images * classes).slice();
	}

	evaluate({ shape: [images] }: Batch): Sums {
		const { forward, loss } = this.#ready();
		const evaluation = this.#runOf(images, false);
		run(evaluation, forward, loss);
		return { loss: evaluation.loss, wrong: evaluation.wrong };
	}

	/** Repeats a training step without an update; see `diagnosis.ts`. */
	firstNotFinite({ shape: [images] }: Batch): NotFinite | null {
		const still = { learningRate: 0, momentum: 0, weightDecay: 0 };
		const step = { ...this.#stepOf(images, still), dropoutStep: null };
		const { lane, forward, loss } = this.#ready();
		run(step, forward, loss);
		return diagnose(lane, step);
	}

	setGate(block: number, gate: number): void {
		this.#lasting.gates[block] = gate;
	}

	state(): LaneState {
		return this.#lasting.parameters.read();
	}

	load(state: LaneState): void {
		this.#lasting.parameters.load(state);
	}

	#ready() {
		if (!this.#laidOut) throw new Error('the lane has no room for a batch yet');
		return this.#laidOut;
	}

	#runOf(images: number, training: boolean): StepSettings {
		return { images, training, dropoutStep: null, loss: NaN, wrong: NaN };
	}

	#stepOf(images: number, recipe: Recipe): Step {
		const { parameters, layers, blocks } = this.plan.network;
		return {
			...this.#runOf(images, true),
			dropoutStep: recipe.step ?? 1,
			constants: updateConstants(recipe),
			metrics: {
				gradientNorms: new Float32Array(parameters.length),
				weightNorms: new Float32Array(layers.length),
				updateNorms: new Float32Array(layers.length),
				deadShares: new Float32Array(layers.length).fill(NaN),
				blockOutputGradientNorms: new Float32Array(blocks.length),
				blockOutputStd: new Float32Array(blocks.length)
			},
			gradientNorms: new Float32Array(parameters.length),
			factor: 1
		};
	}
}

function run<R extends StepSettings>(
	about: R,
	...lists: readonly (readonly Dispatch<R>[])[]
): void {
	for (const list of lists) for (const dispatch of list) dispatch(about);
}
