/**
 * Pre-training: trains the smaller networks of the lanes that ask for it, one after another, and returns the weights from
 * which the lanes' networks start. Each stage trains on the batches of the run's first steps, by the run's recipe.
 */
import { breathe } from '$lib/base/breathe';
import { inputShape, type DataSet } from '$lib/data';
import { createEngine, initialParameters, type Backend } from '$lib/engine';
import type { LaneState } from '$lib/engine/engine';
import { laneNetwork, type Experiment } from '../experiment/experiment';
import {
	pretrainingStages,
	pretrainingSteps,
	type PretrainingStage
} from '../experiment/pretraining';
import { recipeAt } from '../experiment/schedule';
import { FailureError } from './failure';
import { finite } from './finite';
import type { Report } from './protocol';
import { TrainingBatches } from './trainingBatches';

type Values = ReadonlyMap<string, Float32Array>;

/** Least interval between reports of progress, in milliseconds. */
const REPORT_EVERY_MS = 250;

/**
 * The weights that each lane starts from, by parameter name; null for a lane that starts from random draws.
 * @param signal ends pre-training at the next step, with its reason as an exception
 * @throws MemoryError; FailureError if a network's numbers are no longer finite
 */
export async function pretrainedWeights(
	backend: Backend,
	experiment: Experiment,
	set: DataSet,
	{ tell, signal }: { readonly tell: (report: Report) => void; readonly signal: AbortSignal }
): Promise<(Values | null)[]> {
	const input = inputShape(set.manifest, experiment.data);
	const batches = new TrainingBatches(experiment, set);
	const { seed, recipe } = experiment;
	const weights: (Values | null)[] = [];
	for (const [index, lane] of experiment.lanes.entries()) {
		const { network, pretraining } = lane;
		if (!pretraining) {
			weights.push(null);
			continue;
		}
		const of = pretrainingSteps(lane);
		let done = 0;
		let toldAt = -Infinity;
		const stepMade = () => {
			done++;
			if (performance.now() - toldAt < REPORT_EVERY_MS) return;
			toldAt = performance.now();
			tell({ kind: 'phase', phase: { kind: 'pretrain', lane: index, done, of } });
		};
		/** Trains a network for the steps of one stage. */
		const train = async ({ network, frozen }: PretrainingStage, start: Values): Promise<Values> => {
			const setup = { network: network.network, seed, weights: start };
			const engine = await createEngine(backend, [setup]);
			try {
				for (let step = 1; step <= pretraining.steps; step++) {
					signal.throwIfAborted();
					await batches.ready(step);
					const [made] = await engine.step(
						batches.of(step),
						recipeAt(recipe, recipe.learningRate, step)
					);
					if (!made || !finite(made))
						throw new FailureError({ code: 'pretraining', network: network.network.name, step });
					if (frozen.size) await engine.load(0, withValues(await engine.state(0), start, frozen));
					stepMade();
					// So that a request that replaces this one is heard.
					await breathe();
				}
				return (await engine.state(0)).parameters;
			} finally {
				engine.dispose();
			}
		};
		const stages = pretrainingStages(network, pretraining, input);
		const drawn = initialParameters(laneNetwork(lane, input), seed);
		weights.push(await throughStages(stages, seed, drawn, train));
	}
	return weights;
}

/**
 * Trains the stages one after another, each from the values that earlier ones have learned and random draws for the
 * rest, and returns the values from which the whole network starts.
 * @param drawn the whole network's random draws
 * @param train returns a stage's values after its training
 */
async function throughStages(
	stages: readonly PretrainingStage[],
	seed: number,
	drawn: Values,
	train: (stage: PretrainingStage, start: Values) => Promise<Values>
): Promise<Values> {
	const learned = new Map<string, Float32Array>();
	for (const stage of stages) {
		const start = initialParameters(stage.network.network, seed);
		for (const [own, name] of stage.common) {
			const values = learned.get(name);
			if (values) start.set(own, values);
		}
		const trained = await train(stage, start);
		for (const [own, name] of stage.common) {
			const values = trained.get(own);
			if (values) learned.set(name, values);
		}
	}
	return new Map([...drawn, ...learned]);
}

/** A state in which the named parameters have other values. */
function withValues(state: LaneState, values: Values, names: ReadonlySet<string>): LaneState {
	const kept = [...values].filter(([name]) => names.has(name));
	return { ...state, parameters: new Map([...state.parameters, ...kept]) };
}
