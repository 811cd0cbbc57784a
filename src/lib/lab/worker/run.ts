/**
 * An experiment in training: runs its networks on the engine in lockstep on batches of its images, tests them at
 * intervals, and applies changes by hand. It reports every step; the trainer decides when steps are made.
 */
import { breathe } from '$lib/base/breathe';
import { inputShape, testBatches, type DataSet, type Manifest } from '$lib/data';
import {
	createEngine,
	firstNotFinite,
	initialParameters,
	MemoryError,
	startOf,
	type Backend
} from '$lib/engine';
import type { Batch } from '$lib/base/image';
import type { Engine, Evaluation, LaneState, LaneStep } from '$lib/engine/engine';
import { analyse, OptionError, type AnalysedNetwork, type Network } from '$lib/network';
import { laneGates, laneNetwork, type Experiment, type Lane } from '../experiment/experiment';
import { classesOf } from '../experiment/laneNetwork';
import { recipeAt } from '../experiment/schedule';
import type { RunEvent, StepRecord } from '../record/record';
import type { Snapshot } from '../record/snapshot';
import type { LaneCopy, NextStep, Retrained, RunAtRest, Underway } from '../studies/measurement';
import { packed } from '../studies/histograms/record';
import { hasScales, scalesIn } from '../studies/scales';
import { MOST_UNDO, operate, type Surgery } from '../studies/surgery';
import { Counting } from './counting';
import { FailureError } from './failure';
import { finite } from './finite';
import { Gathered } from './gathered';
import { pretrainedWeights } from './pretrain';
import type { Report } from './protocol';
import { TrainingBatches } from './trainingBatches';

/** Least interval between reports, in milliseconds; faster steps are reported together. */
const REPORT_EVERY_MS = 90;
const TEST_BATCH = 100;
/** Most steps in flight at once, so that the device need not wait for metrics to be read. */
const AHEAD = 2;

export class Run implements RunAtRest {
	readonly #tell: (report: Report) => void;
	readonly #batches: TrainingBatches;
	/** The networks of the lanes. */
	readonly #networks: readonly AnalysedNetwork[];
	#step: number;
	#active: readonly boolean[];
	#gates: readonly (readonly number[])[];
	#learningRate: number;
	/** Steps submitted and not yet reported, oldest first. */
	readonly #underWay: Promise<void>[] = [];
	readonly #counting = new Counting();
	#settledAt = 0;
	#unreported: StepRecord[] = [];
	#reportedAt = 0;
	/** Operations that can be undone, each with the state before it; the latest last. */
	#operations: { lane: number; operation: Surgery; step: number; state: LaneState }[] = [];
	#snapshot: { step: number; at: number };
	readonly #mostBytes: number | null;
	readonly #onLost: (detail: string) => void;

	private constructor(
		readonly backend: Backend,
		readonly experiment: Experiment,
		readonly set: DataSet,
		readonly engine: Engine,
		networks: readonly Network[],
		from: Snapshot | null,
		mostBytes: number | null,
		tell: (report: Report) => void,
		onLost: (detail: string) => void
	) {
		this.#tell = tell;
		this.#mostBytes = mostBytes;
		this.#onLost = onLost;
		this.#networks = networks.map(analyse);
		this.#gates = from?.gates ?? experiment.lanes.map(laneGates);
		this.#active = from?.active ?? experiment.lanes.map(() => true);
		this.#learningRate = from?.learningRate ?? experiment.recipe.learningRate;
		this.#step = from?.step ?? 0;
		this.#snapshot = { step: from?.step ?? -1, at: performance.now() };
		this.#batches = new TrainingBatches(experiment, set);
	}

	/**
	 * Builds the networks at step 0, after pre-training, or from a snapshot.
	 * @param mostBytes bytes that networks and images may take; null for all that can be had
	 * @param onLost called when the device is lost
	 * @param signal aborts pre-training, which then throws
	 * @throws FailureError if the images and a network differ in classes, the images are too small for it, or all together
	 *   need more than `mostBytes`; MemoryError
	 */
	static async build(
		backend: Backend,
		experiment: Experiment,
		set: DataSet,
		from: Snapshot | null,
		mostBytes: number | null,
		tell: (report: Report) => void,
		onLost: (detail: string) => void,
		signal: AbortSignal
	): Promise<Run> {
		const { manifest } = set;
		const { title, classes } = manifest;
		for (const lane of experiment.lanes) {
			const wanted = classesOf(lane.network);
			if (wanted !== classes.length)
				throw new FailureError({ code: 'classes', title, has: classes.length, wanted });
		}
		const networks = experiment.lanes.map((lane) => networkOn(lane, manifest, experiment.data));
		const { seed, lanes } = experiment;
		const prepared = async (pretrained: Awaited<ReturnType<typeof pretrainedWeights>>) => {
			const engine = await createEngine(
				backend,
				networks.map((network, i) => ({
					network,
					seed,
					weights: from
						? undefined
						: startOf(lanes[i], pretrained[i] ?? initialParameters(network, seed)),
					gates: from?.gates[i] ?? laneGates(lanes[i]),
					state: from?.lanes[i]
				})),
				onLost
			);
			try {
				const needed = engine.bytesFor(experiment.recipe.batch) + pixelBytes(manifest);
				if (mostBytes !== null && needed > mostBytes)
					throw new FailureError({ code: 'page-memory', needed, most: mostBytes });
				await engine.prepare(experiment.recipe.batch);
			} catch (error) {
				engine.dispose();
				throw error;
			}
			return engine;
		};
		let engine = await prepared([]);
		if (!from && lanes.some(({ pretraining }) => pretraining)) {
			// Now that all are known to fit, they make room for the smaller networks.
			engine.dispose();
			engine = await prepared(await pretrainedWeights(backend, experiment, set, { tell, signal }));
		}
		return new Run(backend, experiment, set, engine, networks, from, mostBytes, tell, onLost);
	}

	get step(): number {
		return this.#step;
	}
	get active(): readonly boolean[] {
		return this.#active;
	}
	/** Whether no network is left to train. */
	get ended(): boolean {
		return !this.#active.some(Boolean);
	}
	get halve(): boolean {
		return this.experiment.data.halve;
	}
	get batch(): number {
		return this.experiment.recipe.batch;
	}

	/** Milliseconds since the last snapshot. */
	get unsaved(): number {
		return performance.now() - this.#snapshot.at;
	}

	readonly copyOf = async (lane: number): Promise<LaneCopy> => ({
		network: this.#networks[lane].network,
		seed: this.experiment.seed,
		gates: this.#gates[lane],
		state: await this.engine.state(lane)
	});

	/** The gates of the next step, with the changes planned before it. */
	get #nextGates(): readonly (readonly number[])[] {
		const planned = (this.experiment.plan ?? []).filter(({ after }) => after === this.#step);
		return this.#gates.map((gates, of) => {
			const change = planned.findLast(({ lane }) => lane === of);
			return change ? gates.map(() => change.gate) : gates;
		});
	}

	readonly nextStep = async (): Promise<NextStep> => {
		const next = this.#step + 1;
		await this.#batches.ready(next);
		return {
			batch: this.#batches.of(next),
			recipe: recipeAt(this.experiment.recipe, this.#learningRate, next),
			gates: this.#nextGates
		};
	};

	readonly retrain = async (
		seed: number,
		until: number,
		{ progress, signal }: Underway
	): Promise<Retrained[] | null> => {
		const gathered = new Gathered(this.#networks.length, until);
		const tell = (report: Report) => gathered.take(report);
		const { evaluation } = this.experiment;
		const once = { ...evaluation, every: until };
		const experiment = { ...this.experiment, seed, evaluation: once };
		const most = this.#mostBytes && this.#mostBytes - this.engine.bytesFor(this.batch);
		const run = await Run.build(
			...([this.backend, experiment, this.set, null, most, tell, this.#onLost, signal] as const)
		);
		try {
			while (run.step < until && !run.ended) {
				if (signal.aborted) return null;
				await run.imagesForNextStep();
				await run.makeStep();
				progress(run.step, until);
				await breathe();
			}
			await run.settle();
			run.flush();
			const { lanes } = gathered.result();
			return lanes.map((last, lane) => ({ ...last, errors: gathered.errors(lane) }));
		} finally {
			run.dispose();
		}
	};

	async testBatches(size = TEST_BATCH): Promise<Batch[]> {
		await this.set.ready('test', this.#testImages);
		return testBatches(this.set, this.#testImages, size, { halve: this.halve });
	}

	get #testImages(): number {
		return Math.min(this.experiment.evaluation.images, this.set.manifest.splits.test.count);
	}

	#evaluationIsDue(step: number): boolean {
		return step % this.experiment.evaluation.every === 0;
	}

	/** Waits for the images of the next step; the others may still be loading. */
	async imagesForNextStep(): Promise<void> {
		await this.#batches.ready(this.#step + 1);
		if (this.#evaluationIsDue(this.#step + 1)) await this.set.ready('test', this.#testImages);
	}

	/**
	 * Submits a step; waits for the oldest one's metrics if too many steps are in flight.
	 * @param histograms whether to count histograms if it is a step for them
	 */
	async makeStep(histograms = false): Promise<void> {
		if (this.ended) return;
		this.#nextGates.forEach((gates, lane) => this.setGates(lane, gates));
		const step = ++this.#step;
		const submittedAt = performance.now();
		const batch = this.#batches.of(step);
		const recipe = recipeAt(this.experiment.recipe, this.#learningRate, step);
		const counts = histograms && this.#counting.isDue(step);
		const told = this.engine.step(batch, recipe, this.#active, counts);
		const settled = told.then((lanes) => this.#settle(step, submittedAt, lanes, batch, counts));
		settled.catch(() => {}); // its caller handles the failure
		this.#underWay.push(settled);
		while (this.#underWay.length >= AHEAD) await this.#underWay.shift();
		if (!this.#evaluationIsDue(step)) return;
		await this.settle();
		await this.evaluate();
	}

	/** Waits until all steps in flight have been reported. */
	async settle(): Promise<void> {
		while (this.#underWay.length) await this.#underWay.shift();
	}

	async #settle(
		step: number,
		submittedAt: number,
		told: readonly (LaneStep | null)[],
		batch: Batch,
		counted: boolean
	): Promise<void> {
		const now = performance.now();
		const milliseconds = now - Math.max(submittedAt, this.#settledAt);
		this.#settledAt = now;
		this.#counting.took(step, milliseconds, counted);
		// A lane that has failed meanwhile made no update in the steps still in flight.
		const lanes = told.map((reported, lane) => {
			if (!reported || !this.#active[lane]) return null;
			const { histograms, ...metrics } = reported;
			if (histograms) {
				const found = { step, lane, counts: packed(histograms) };
				this.#tell({ kind: 'found', study: 'histograms', found });
			}
			return metrics;
		});
		this.#unreported.push({ step, milliseconds, lanes });
		const failed = lanes.flatMap((metrics, lane) => (metrics && !finite(metrics) ? [lane] : []));
		for (const lane of failed) this.#active = this.#active.with(lane, false);
		for (const lane of failed) {
			const where = await this.#locate(lane, batch);
			this.#tellEvent({ kind: 'not-finite', step, lane, where });
		}
		if (now - this.#reportedAt > REPORT_EVERY_MS) this.flush();
	}

	/** Finds where in a lane's step the first non-finite value appeared. */
	async #locate(lane: number, batch: Batch) {
		try {
			return await firstNotFinite(await this.copyOf(lane), batch);
		} catch (error) {
			// Without memory for a second engine, the lane stops without that information.
			if (error instanceof MemoryError) return null;
			throw error;
		}
	}

	/** Reports the steps that have not been reported yet. */
	flush(): void {
		if (this.#unreported.length) this.#tell({ kind: 'steps', steps: this.#unreported });
		this.#unreported = [];
		this.#reportedAt = performance.now();
	}

	#tellEvent(event: RunEvent): void {
		this.#tell({ kind: 'event', event });
	}

	/** Tests every network that is still training. */
	async evaluate(): Promise<void> {
		const batches = await this.testBatches();
		const lanes = [...this.#active.keys()].filter((lane) => this.#active[lane]);
		const evaluations = await Promise.all(lanes.map((lane) => this.engine.evaluate(lane, batches)));
		for (const [i, lane] of lanes.entries()) await this.#tellEvaluation(lane, evaluations[i]);
	}

	async #tellEvaluation(lane: number, evaluation: Evaluation): Promise<void> {
		const network = this.#networks[lane];
		const scales = hasScales(network) && {
			scales: scalesIn(network, await this.engine.state(lane))
		};
		this.#tell({
			kind: 'evaluation',
			evaluation: { step: this.#step, lane, ...evaluation, ...scales }
		});
	}

	/** Sends the page a snapshot, from which another worker can resume. */
	async takeSnapshot(): Promise<void> {
		await this.settle();
		if (this.#snapshot.step === this.#step) return;
		const lanes = await Promise.all(this.#active.map((_, lane) => this.engine.state(lane)));
		this.#snapshot = { step: this.#step, at: performance.now() };
		this.flush();
		this.#tell({
			kind: 'snapshot',
			snapshot: {
				experiment: this.experiment,
				backend: this.engine.backend,
				step: this.#step,
				gates: this.#gates,
				active: this.#active,
				learningRate: this.#learningRate,
				lanes
			}
		});
	}

	/** Sets a lane's gates, effective from the next step. */
	setGates(lane: number, gates: readonly number[]): void {
		const before = this.#gates[lane];
		if (!before) return;
		this.#gates = this.#gates.with(lane, gates.slice(0, before.length));
		gates.forEach((gate, block) => {
			if (block >= before.length || gate === before[block]) return;
			this.engine.setGate(lane, block, gate);
			this.#tellEvent({ kind: 'gate', step: this.#step, lane, block, gate });
		});
	}

	/** Sets the learning rate, effective from the next step; the schedule scales it. */
	setLearningRate(learningRate: number): void {
		if (learningRate === this.#learningRate) return;
		this.#learningRate = learningRate;
		this.#tellEvent({ kind: 'learning-rate', step: this.#step, learningRate });
	}

	/** Changes the weights of a lane by hand, and tests it before and after. */
	async operate(lane: number, operation: Surgery, { progress, signal }: Underway): Promise<void> {
		// A lane that has stopped keeps its last state.
		if (!this.#active[lane]) return;
		const batches = await this.testBatches();
		progress(0, 2);
		const { error: before } = await this.engine.evaluate(lane, batches);
		if (signal.aborted) return;
		progress(1, 2);
		const state = await this.engine.state(lane);
		const step = this.#step;
		const operated = operate(this.#networks[lane], state, operation);
		this.#operations = [...this.#operations, { lane, operation, step, state }].slice(-MOST_UNDO);
		const tested = await this.#load(lane, operated, batches);
		this.#tellEvent({ kind: 'surgery', step, lane, operation, before, ...tested });
		await this.#keepOperated();
	}

	/** Restores the weights that the lane had before the last operation. */
	async undoOperation({ progress }: Underway): Promise<void> {
		const last = this.#operations.at(-1);
		if (!last) return;
		const { lane, operation, step: since, state } = last;
		const batches = await this.testBatches();
		progress(0, 1);
		this.#operations = this.#operations.slice(0, -1);
		const tested = await this.#load(lane, state, batches);
		const step = this.#step;
		this.#tellEvent({ kind: 'surgery-undone', step, lane, operation, since, ...tested });
		await this.#keepOperated();
	}

	/** Loads other weights into a lane and tests it. */
	async #load(lane: number, state: LaneState, batches: readonly Batch[]) {
		await this.engine.load(lane, state);
		const evaluation = await this.engine.evaluate(lane, batches);
		await this.#tellEvaluation(lane, evaluation);
		return { after: evaluation.error, images: evaluation.images };
	}

	/** Takes a snapshot, so that a later loss does not bring back the old weights. */
	async #keepOperated(): Promise<void> {
		this.#snapshot.step = -1;
		await this.takeSnapshot();
	}

	dispose(): void {
		this.engine.dispose();
	}
}

/** A lane's network for the images of a set. @throws FailureError if they are too small for it */
function networkOn(lane: Lane, manifest: Manifest, data: Experiment['data']): Network {
	const input = inputShape(manifest, data);
	try {
		return laneNetwork(lane, input);
	} catch (error) {
		if (!(error instanceof OptionError)) throw error;
		const { problem } = error;
		if (problem.code !== 'option-value' || problem.option !== 'size') throw error;
		if (!('bounds' in problem.expected)) throw error;
		const [least] = problem.expected.bounds;
		const [full] = inputShape(manifest, { halve: false });
		throw new FailureError({ code: 'image-size', size: input[0], full, least });
	}
}

/** Bytes of a set's images, which are kept in memory. */
function pixelBytes({ shape: [height, width, channels], splits }: Manifest): number {
	return (splits.train.count + splits.test.count) * height * width * channels;
}
