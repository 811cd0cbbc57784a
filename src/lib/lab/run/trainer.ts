/**
 * Runs an experiment: fetches its images, builds its networks on the chosen backend and steps them
 * in lockstep, reporting every step. Lives in a worker, knows neither page nor words.
 */
import type { Request } from '../experiment/experiment';
import type { Snapshot } from '../record/snapshot';
import type { Batch, ImageShape } from '$lib/base/image';
import { range } from 'd3';
import {
	findDataSet,
	inputShape,
	makeBatch,
	openDataSet,
	ownBatch,
	parseManifest,
	ShardError,
	Shuffler,
	testBatches,
	type DataSet,
	OWN
} from '$lib/data';
import {
	chooseBackend,
	createEngine,
	firstNotFinite,
	holdLifeline,
	MemoryError,
	NoBackendError,
	type Backend,
	type BackendName,
	type Engine,
	type LaneMetrics,
	type LaneState
} from '$lib/engine';
import { analyse, CIFAR_CLASSES } from '$lib/network';
import { laneGates, laneNetwork, type Experiment } from '../experiment/experiment';
import { FetchError, fetchFile } from '$lib/base/fetchFile';
import { addConfusions, type Confusion, type InsideRequest } from '../studies/inside/record';
import { LANDSCAPE_IMAGES, type LandscapeSpec } from '../studies/landscape/record';
import { lesionsOf } from '../studies/lesion/measure';
import { lookInto } from '../studies/inside/measure';
import { landscapesOf } from '../studies/landscape/measure';
import { OwnDataStore } from '../store/ownData';
import { chooseDepth, type DepthChoice } from '../experiment/pace';
import type { Failure, Job, Report, TrainerApi } from './protocol';
import type { ResumeCause, RunEvent, StepRecord } from '../record/record';
import { isPresetName, PRESETS } from '../experiment/presets';
import { recipeAt } from '../experiment/schedule';
import { START_DEPTHS, START_IMAGES, type StartSpec } from '../studies/start/record';
import { probeStart } from '../studies/start/measure';
import { shuffledErrors } from '../studies/shuffle/measure';
import { MOST_UNDO, operate, type Surgery } from '../studies/surgery';

/** Steps are reported together when they come faster than this. */
const REPORT_EVERY_MS = 90;
/** Whoever waits for images hears this often that they are coming. */
const ALIVE_EVERY_MS = 2000;
const TEST_BATCH = 100;
/** A lost device or worker costs no more training than this, and one step. */
const SNAPSHOT_EVERY_MS = 2000;
/** Within this time after a failure a lost device has been told of. */
const LOSS_IS_TOLD_MS = 500;
/** Steps that may be under way at once, so that what computes need not wait for their numbers to be read. */
const AHEAD = 2;

export class Trainer implements TrainerApi {
	#report: (report: Report) => void = () => {};
	#dataUrl = '';

	/** In use for as long as the worker lives: another one comes with another worker. */
	#backend: Backend | null = null;
	#data: { id: string; set: DataSet } | null = null;
	#engine: Engine | null = null;
	/** The device is gone; what fails afterwards fails because of that, and has been said. */
	#lost = false;
	#experiment: Experiment | null = null;
	#shuffler: Shuffler | null = null;
	#active: boolean[] = [];
	#learningRate = 0;
	#step = 0;
	#limit: number | null = null;
	/** Steps submitted and not yet told, oldest first. */
	readonly #underWay: Promise<void>[] = [];
	#settledAt = 0;
	#snapshot = { step: 0, at: 0 };

	/** Counts the loops started; a loop goes on while it is the latest one. 0 after a pause. */
	#loop = 0;
	#loops = 0;
	/** Number of the latest request to make something ready. */
	#asked = 0;
	/** Calls and steps take turns: each waits for the one before it. */
	#turn: Promise<unknown> = Promise.resolve();
	#unreported: StepRecord[] = [];
	#reportedAt = 0;

	async connect(
		report: (report: Report) => void,
		dataUrl: string,
		lifeline: string
	): Promise<void> {
		this.#report = report;
		this.#dataUrl = dataUrl;
		await holdLifeline(lifeline);
	}

	prepare(number: number, request: Request, wish: BackendName | null): Promise<void> {
		return this.#makeReady(number, async () => {
			await this.#chooseBackend(wish);
			const wanted = 'experiment' in request ? request.experiment : presetOf(request.preset)(20);
			const set = await this.#openData(wanted.data.set);
			const experiment =
				'experiment' in request
					? request.experiment
					: presetOf(request.preset)((await this.#measurePace(wanted, set)).depth);
			await this.#build(number, experiment, set);
		});
	}

	resume(number: number, snapshot: Snapshot, cause: ResumeCause): Promise<void> {
		return this.#makeReady(number, async () => {
			await this.#chooseBackend(snapshot.backend);
			const set = await this.#openData(snapshot.experiment.data.set);
			this.#report({ kind: 'phase', phase: { kind: 'resume', cause } });
			await this.#build(number, snapshot.experiment, set, snapshot);
			const { step } = snapshot;
			const backend = this.#backend!.name;
			this.#report({ kind: 'event', event: { kind: 'resumed', step, cause, backend } });
			// What they are worth is seen at once.
			if (cause === 'weights') await this.#evaluate();
		});
	}

	/** Does what a request asks for when its turn has come, unless a later one has taken its place meanwhile. */
	async #makeReady(number: number, action: () => Promise<void>): Promise<void> {
		this.#stopLoop();
		this.cancelJob();
		this.#asked = number;
		const inTurn = async () => {
			if (number !== this.#asked) return;
			// No step of the run before may be told as one of this run; one that fails has failed that run.
			await this.#settleAll().catch(() => {});
			this.#flush();
			await action();
		};
		await this.#guarded(() => this.#takeTurn(inTurn), number);
	}

	async run(until = Infinity): Promise<void> {
		if (!this.#engine || this.#loop) return;
		const loop = (this.#loop = ++this.#loops);
		this.#report({ kind: 'running', running: true });
		void this.#runLoop(loop, until);
	}

	async pause(): Promise<void> {
		const running = this.#loop !== 0;
		this.#loop = 0;
		await this.#guarded(async () => {
			await this.#takeTurn(() => this.#settleAll());
			// Told as paused when the last step has been told.
			this.#flush();
			if (running) this.#report({ kind: 'running', running: false });
			await this.#takeTurn(() => this.#takeSnapshot());
		});
	}

	async step(): Promise<void> {
		this.#stopLoop();
		await this.#guarded(async () => {
			await this.#imagesForNextStep();
			await this.#takeTurn(async () => {
				await this.#oneStep();
				await this.#takeSnapshot();
			});
		});
		this.#flush();
	}

	lesion(): Promise<void> {
		return this.#besideTraining('lesion', async (experiment, set, engine, job) => {
			const { lanes } = experiment;
			await set.ready('test', testImages(experiment, set));
			const batches = this.#testBatches();
			for (const lane of lanes.keys()) {
				const found = await lesionsOf(
					this.#backend!,
					await this.#copyOf(lane, engine),
					batches,
					(done, of) => job.tell(lane * of + done, lanes.length * of),
					job.signal
				);
				if (!found) return;
				this.#report({ kind: 'lesion', lesion: { step: this.#step, lane, ...found } });
			}
		});
	}

	landscape(spec: LandscapeSpec): Promise<void> {
		return this.#besideTraining('landscape', async ({ lanes, data }, set, engine, job) => {
			await set.ready('train', LANDSCAPE_IMAGES);
			const batches = range(0, LANDSCAPE_IMAGES, TEST_BATCH).map((first) =>
				makeBatch(set, range(first, Math.min(LANDSCAPE_IMAGES, first + TEST_BATCH)), {
					halve: data.halve,
					augment: null
				})
			);
			// A network that has stopped has no surroundings to look at.
			const active = [...lanes.keys()].filter((lane) => this.#active[lane]);
			const setups = await Promise.all(
				active.map(async (lane) => ({ lane, setup: await this.#copyOf(lane, engine) }))
			);
			if (!setups.length) return;
			await landscapesOf(
				this.#backend!,
				spec,
				this.#step,
				setups,
				batches,
				(landscapes) => this.#report({ kind: 'landscape', landscapes }),
				(done, of) => job.tell(done, of),
				job.signal
			);
		});
	}

	shuffle(): Promise<void> {
		return this.#besideTraining('shuffle', async (experiment, set, engine, job) => {
			const { lanes } = experiment;
			await set.ready('test', testImages(experiment, set));
			const batches = this.#testBatches();
			for (const lane of lanes.keys()) {
				const found = await shuffledErrors(
					this.#backend!,
					await this.#copyOf(lane, engine),
					batches,
					(done, of) => job.tell(lane * of + done, lanes.length * of),
					job.signal
				);
				if (!found) return;
				this.#report({ kind: 'shuffle', shuffle: { step: this.#step, lane, ...found } });
			}
		});
	}

	/** A lane as it stands, for a network of its own. */
	async #copyOf(lane: number, engine: Engine) {
		const { lanes, data, seed } = this.#experiment!;
		return {
			network: laneNetwork(lanes[lane], inputShape(this.#data!.set.manifest, data)),
			seed,
			gates: this.#gates[lane],
			state: await engine.state(lane)
		};
	}

	operate(lane: number, operation: Surgery): Promise<void> {
		return this.#besideTraining('surgery', async (experiment, set, engine, job) => {
			// What has stopped stays as it was when its numbers were lost.
			if (!this.#active[lane]) return;
			await set.ready('test', testImages(experiment, set));
			const batches = this.#testBatches();
			job.tell(0, 2);
			const before = await engine.evaluate(lane, batches);
			if (job.signal.aborted) return;
			job.tell(1, 2);
			const { network, state } = await this.#copyOf(lane, engine);
			await engine.load(lane, operate(analyse(network), state, operation));
			const step = this.#step;
			this.#operations = [...this.#operations, { lane, operation, step, state }].slice(-MOST_UNDO);
			await this.#tellOperated(lane, batches, (after, images) => {
				return { kind: 'surgery', step, lane, operation, before: before.error, after, images };
			});
		});
	}

	undoOperation(): Promise<void> {
		return this.#besideTraining('surgery', async (experiment, set, engine, job) => {
			const last = this.#operations.at(-1);
			if (!last) return;
			const { lane, operation, step: since, state } = last;
			await set.ready('test', testImages(experiment, set));
			job.tell(0, 1);
			await engine.load(lane, state);
			this.#operations = this.#operations.slice(0, -1);
			const step = this.#step;
			await this.#tellOperated(lane, this.#testBatches(), (after, images) => {
				return { kind: 'surgery-undone', step, lane, operation, since, after, images };
			});
		});
	}
	#operations: { lane: number; operation: Surgery; step: number; state: LaneState }[] = [];

	/** Tests a lane whose weights were changed by hand; a later loss must not bring back the ones before. */
	async #tellOperated(
		lane: number,
		batches: readonly Batch[],
		eventOf: (error: number, images: number) => RunEvent
	): Promise<void> {
		const evaluation = await this.#engine!.evaluate(lane, batches);
		this.#report({ kind: 'evaluation', evaluation: { step: this.#step, lane, ...evaluation } });
		this.#report({ kind: 'event', event: eventOf(evaluation.error, evaluation.images) });
		this.#snapshot.step = -1;
		await this.#takeSnapshot();
	}

	probeStart(probe: StartSpec): Promise<void> {
		return this.#besideTraining('start', async ({ data: { halve } }, set, _, job) => {
			await set.ready('train', START_IMAGES);
			const first = Array.from({ length: START_IMAGES }, (_, i) => i);
			const batch = makeBatch(set, first, { halve, augment: null });
			let done = 0;
			job.tell(done, START_DEPTHS.length);
			await probeStart(
				this.#backend!,
				probe,
				batch,
				inputShape(set.manifest, { halve }),
				(profile) => {
					this.#report({ kind: 'start-profile', profile });
					job.tell(++done, START_DEPTHS.length);
				},
				job.signal
			);
		});
	}

	inside(request: InsideRequest): Promise<void> {
		switch (request.kind) {
			case 'images':
				return this.#tellImages(request);
			case 'look':
				return this.#look(request);
			case 'confused':
				return this.#findConfused();
		}
	}

	/** Needs the data set alone: training goes on. */
	#tellImages({ from, count }: InsideRequest & { kind: 'images' }): Promise<void> {
		return this.#guarded(async () => {
			if (!this.#data) return;
			const { set } = this.#data;
			const { shape, splits } = set.manifest;
			const to = Math.min(from + count, splits.test.count);
			await set.ready('test', to);
			const images = Array.from({ length: to - from }, (_, i) => set.image('test', from + i));
			const size = shape[0] * shape[1] * shape[2];
			const pixels = new Uint8Array(images.length * size);
			images.forEach((image, i) => pixels.set(image.pixels, i * size));
			const labels = images.map(({ label }) => label);
			this.#report({ kind: 'inside', found: { images: { from, pixels, shape, labels } } });
		});
	}

	#look(request: InsideRequest & { kind: 'look' }): Promise<void> {
		const { image, block, node } = request;
		const look: BesideTraining = async ({ lanes, data, seed }, set, engine, job) => {
			const { manifest } = set;
			const { pixels, label } =
				image.kind === 'test' ? set.image('test', image.index) : { ...image, label: null };
			const batch = ownBatch(pixels, manifest, data);
			const looks = [];
			for (const [lane, setup] of lanes.entries()) {
				job.tell(lane, lanes.length);
				const gates = [...this.#gates[lane]];
				const network = laneNetwork(setup, inputShape(manifest, data));
				const state = await engine.state(lane);
				looks.push(
					await lookInto(this.#backend!, { network, seed, gates, state }, batch, block, node)
				);
				await breathe(0);
				if (job.signal.aborted) return;
			}
			this.#report({
				kind: 'inside',
				found: {
					look: {
						step: this.#step,
						request,
						image: { pixels: pixels.slice(), shape: manifest.shape },
						label,
						lanes: looks
					}
				}
			});
		};
		return this.#guarded(async () => {
			// Training does not wait for an image to arrive.
			if (image.kind === 'test') await this.#data?.set.ready('test', image.index + 1);
			await this.#besideTraining('look', look);
		});
	}

	#findConfused(): Promise<void> {
		return this.#besideTraining('confused', async (experiment, set, engine, job) => {
			const { lanes, data, recipe } = experiment;
			const images = testImages(experiment, set);
			await set.ready('test', images);
			// No more at once than there is room for already.
			const batches = testBatches(set, images, recipe.batch, data);
			const found = [];
			for (const lane of lanes.keys()) {
				let confusions: ReturnType<typeof addConfusions> = { wrong: 0, surest: [] };
				for (const [i, batch] of batches.entries()) {
					job.tell(lane * batches.length + i, lanes.length * batches.length);
					const logits = await engine.logits(lane, batch, false);
					confusions = addConfusions(confusions, logits, batch.labels, i * recipe.batch);
					await breathe(0);
					if (job.signal.aborted) return;
				}
				const withPixels = (one: Omit<Confusion, 'pixels'>): Confusion => ({
					...one,
					pixels: set.image('test', one.index).pixels.slice()
				});
				found.push({ ...confusions, surest: confusions.surest.map(withPixels) });
			}
			const { shape } = set.manifest;
			this.#report({
				kind: 'inside',
				found: { confused: { step: this.#step, images, shape, lanes: found } }
			});
		});
	}

	/**
	 * Does something that takes a while between two steps, when all steps under way have been told. It can be cancelled
	 * from when it is asked for, also while it waits for its turn.
	 */
	async #besideTraining(kind: Job['kind'], action: BesideTraining): Promise<void> {
		const cancelled = new AbortController();
		const job: JobUnderWay = {
			signal: cancelled.signal,
			tell: (done, of) => this.#report({ kind: 'job', job: { kind, done, of } })
		};
		this.#jobs.add(cancelled);
		// What runs already is on show.
		if (this.#jobs.size === 1) job.tell(0, 1);
		try {
			await this.#guarded(() =>
				this.#takeTurn(async () => {
					if (job.signal.aborted || !this.#engine || !this.#experiment || !this.#data) return;
					await this.#settleAll();
					await action(this.#experiment, this.#data.set, this.#engine, job);
				})
			);
		} finally {
			this.#jobs.delete(cancelled);
			if (!this.#jobs.size) this.#report({ kind: 'job', job: null });
		}
	}
	/** Of all that has been asked for and has not ended. */
	readonly #jobs = new Set<AbortController>();

	cancelJob(): void {
		for (const job of this.#jobs) job.abort();
	}

	async retryData(): Promise<void> {
		this.#data?.set.retry();
	}

	async setGates(lane: number, gates: readonly number[]): Promise<void> {
		await this.#takeTurn(async () => {
			if (this.#engine && this.#gates[lane]) this.#applyGates(lane, gates);
		});
	}

	/** From the next step on. */
	#applyGates(lane: number, gates: readonly number[]): void {
		const before = this.#gates[lane];
		gates.forEach((gate, block) => {
			if (gate === before[block]) return;
			this.#engine!.setGate(lane, block, gate);
			before[block] = gate;
			this.#report({
				kind: 'event',
				event: { kind: 'gate', step: this.#step, lane, block, gate }
			});
		});
	}
	#gates: number[][] = [];

	async setLearningRate(learningRate: number): Promise<void> {
		await this.#takeTurn(async () => {
			if (!this.#engine || learningRate === this.#learningRate) return;
			this.#learningRate = learningRate;
			this.#report({
				kind: 'event',
				event: { kind: 'learning-rate', step: this.#step, learningRate }
			});
		});
	}

	async setSpeedLimit(stepsPerSecond: number | null): Promise<void> {
		this.#limit = stepsPerSecond;
	}

	#stopLoop(): void {
		if (!this.#loop) return;
		this.#loop = 0;
		this.#flush();
		this.#report({ kind: 'running', running: false });
	}

	async #runLoop(loop: number, until: number): Promise<void> {
		await this.#guarded(async () => {
			while (this.#loop === loop) {
				const started = performance.now();
				await this.#imagesForNextStep();
				await this.#takeTurn(async () => {
					if (this.#loop !== loop) return;
					await this.#oneStep();
					if (performance.now() - this.#snapshot.at > SNAPSHOT_EVERY_MS) await this.#takeSnapshot();
				});
				if (this.#step >= until || this.#active.every((active) => !active)) {
					await this.#settleAll();
					this.#stopLoop();
				}
				const rest = this.#limit ? 1000 / this.#limit - (performance.now() - started) : 0;
				await breathe(rest);
			}
		});
		this.#flush();
	}

	/** Images arrive while training goes on; a step waits for the ones it needs. */
	async #imagesForNextStep(): Promise<void> {
		const experiment = this.#experiment;
		if (!experiment || !this.#data || !this.#shuffler) return;
		const { set } = this.#data;
		await set.ready('train', this.#shuffler.imagesNeeded(this.#step));
		if (this.#evaluationIsDue(this.#step + 1)) await set.ready('test', testImages(experiment, set));
	}

	#evaluationIsDue(step: number): boolean {
		return step % this.#experiment!.evaluation.every === 0;
	}

	/** Submits a step; what steps tell is awaited when more of them are under way than may be. */
	async #oneStep(): Promise<void> {
		const engine = this.#engine;
		const experiment = this.#experiment;
		if (!engine || !experiment || this.#active.every((active) => !active)) return;
		for (const { after, lane, gate } of experiment.plan ?? [])
			if (after === this.#step && this.#gates[lane])
				this.#applyGates(lane, Array<number>(this.#gates[lane].length).fill(gate));
		const step = ++this.#step;
		const submittedAt = performance.now();
		const batch = this.#batch(step - 1);
		const recipe = recipeAt(experiment.recipe, this.#learningRate, step);
		const told = engine.step(batch, recipe, this.#active);
		const settled = told.then((lanes) => this.#settle(step, submittedAt, lanes, batch));
		settled.catch(() => {}); // whoever awaits it hears of it
		this.#underWay.push(settled);
		while (this.#underWay.length >= AHEAD) await this.#underWay.shift();
		if (!this.#evaluationIsDue(step)) return;
		await this.#settleAll();
		await this.#evaluate();
	}

	/** Whether a device computes that can be lost. */
	get #onDevice(): boolean {
		return this.#backend?.name === 'webgpu' || this.#backend?.name === 'webgl';
	}

	async #settleAll(): Promise<void> {
		while (this.#underWay.length) await this.#underWay.shift();
	}

	async #settle(
		step: number,
		submittedAt: number,
		told: readonly (LaneMetrics | null)[],
		batch: Batch
	): Promise<void> {
		const now = performance.now();
		const milliseconds = now - Math.max(submittedAt, this.#settledAt);
		this.#settledAt = now;
		// A lane that has failed meanwhile changed nothing in the steps that were under way.
		const lanes = told.map((metrics, lane) => (this.#active[lane] ? metrics : null));
		this.#unreported.push({ step, milliseconds, lanes });
		const failed = lanes.flatMap((metrics, lane) => (metrics && !finite(metrics) ? [lane] : []));
		for (const lane of failed) this.#active = this.#active.with(lane, false);
		for (const lane of failed) {
			const where = await this.#locate(lane, batch);
			this.#report({ kind: 'event', event: { kind: 'not-finite', step, lane, where } });
		}
		if (now - this.#reportedAt > REPORT_EVERY_MS) this.#flush();
	}

	/** Where in a lane's step a value that is not finite came first. */
	async #locate(lane: number, batch: Batch) {
		try {
			return await firstNotFinite(await this.#copyOf(lane, this.#engine!), batch);
		} catch (error) {
			// Without memory for a second engine the lane stops all the same.
			if (error instanceof MemoryError) return null;
			throw error;
		}
	}

	/** Tells the page all that it takes to go on from here in another worker. */
	async #takeSnapshot(): Promise<void> {
		const engine = this.#engine;
		if (!engine || !this.#experiment) return;
		await this.#settleAll();
		if (this.#snapshot.step === this.#step) return;
		const lanes = await Promise.all(this.#active.map((_, lane) => engine.state(lane)));
		this.#snapshot = { step: this.#step, at: performance.now() };
		this.#flush();
		this.#report({
			kind: 'snapshot',
			snapshot: {
				experiment: this.#experiment,
				backend: engine.backend,
				step: this.#step,
				gates: this.#gates.map((gates) => [...gates]),
				active: this.#active,
				learningRate: this.#learningRate,
				lanes
			}
		});
	}

	#batch(step: number): Batch {
		const { data, seed } = this.#experiment!;
		return makeBatch(this.#data!.set, this.#shuffler!.batch(step), {
			halve: data.halve,
			augment: data.augment ? { seed, step } : null
		});
	}

	async #evaluate(): Promise<void> {
		const batches = this.#testBatches();
		const engine = this.#engine!;
		const evaluations = await Promise.all(
			this.#active.map(async (active, lane) =>
				active ? [{ step: this.#step, lane, ...(await engine.evaluate(lane, batches)) }] : []
			)
		);
		for (const evaluation of evaluations.flat()) this.#report({ kind: 'evaluation', evaluation });
	}

	#testBatches(): Batch[] {
		const { set } = this.#data!;
		const { halve } = this.#experiment!.data;
		return testBatches(set, testImages(this.#experiment!, set), TEST_BATCH, { halve });
	}

	/** Images are coming in, however slowly. */
	#alive(): void {
		const now = performance.now();
		if (now - this.#aliveAt < ALIVE_EVERY_MS) return;
		this.#aliveAt = now;
		this.#report({ kind: 'alive' });
	}
	#aliveAt = -Infinity;

	#flush(): void {
		if (this.#unreported.length) this.#report({ kind: 'steps', steps: this.#unreported });
		this.#unreported = [];
		this.#reportedAt = performance.now();
	}

	/** @param wish of the user, or where a run has been; null leaves the choice to the measurement */
	async #chooseBackend(wish: BackendName | null): Promise<void> {
		if (this.#backend) return;
		this.#report({ kind: 'phase', phase: { kind: 'backend', name: null } });
		const { backend, choice } = await chooseBackend({
			preferred: wish ?? undefined,
			onTry: (name) => this.#report({ kind: 'phase', phase: { kind: 'backend', name } }),
			onTrial: (trial) => this.#report({ kind: 'trial', trial })
		});
		this.#backend = backend;
		void backend.lost.then((detail) => this.#deviceLost(detail));
		this.#report({ kind: 'backend', choice });
	}

	/** Nothing on the device can be read any more: no further step, whoever waits for one. */
	#deviceLost(detail: string): void {
		const backend = this.#backend!.name;
		this.#flush();
		this.#stopLoop();
		this.#engine = null;
		this.#backend = null;
		this.#lost = true;
		this.#report({
			kind: 'failure',
			request: null,
			failure: { code: 'device-lost', backend, detail }
		});
	}

	async #openData(id: string): Promise<DataSet> {
		if (this.#data?.id === id) return this.#data.set;
		this.#report({ kind: 'phase', phase: { kind: 'data' } });
		const onProgress = (bytes: number, total: number) =>
			this.#report({ kind: 'data', bytes, total });
		const set = id.startsWith(OWN)
			? await openOwn(id, onProgress)
			: await openShipped(new URL(findDataSet(id).folder, this.#dataUrl).href, onProgress, () =>
					this.#alive()
				);
		this.#data = { id, set };
		return set;
	}

	/** Times a step of plain-8 and residual-8 on random pixels: images may still be on their way. */
	async #measurePace(experiment: Experiment, set: DataSet): Promise<DepthChoice> {
		this.#report({ kind: 'phase', phase: { kind: 'pace' } });
		this.#closeEngine();
		const input = inputShape(set.manifest, experiment.data);
		const shallow = PRESETS.degradation(8);
		const engine = await createEngine(
			this.#backend!,
			shallow.lanes.map((lane) => ({ network: laneNetwork(lane, input), seed: 1 }))
		);
		try {
			const batch = noise(experiment.recipe.batch, input);
			await engine.step(batch, shallow.recipe);
			const times: number[] = [];
			for (let i = 0; i < 2; i++) {
				const started = performance.now();
				await engine.step(batch, shallow.recipe);
				times.push(performance.now() - started);
			}
			const choice = chooseDepth(Math.min(...times));
			this.#report({ kind: 'pace', choice });
			return choice;
		} finally {
			engine.dispose();
		}
	}

	/** Builds the networks at step 0, or as a snapshot has them. */
	async #build(
		request: number,
		experiment: Experiment,
		set: DataSet,
		from: Snapshot | null = null
	): Promise<void> {
		if (!from) this.#report({ kind: 'phase', phase: { kind: 'build' } });
		this.#closeEngine();
		const { manifest } = set;
		const input = inputShape(manifest, experiment.data);
		for (const lane of experiment.lanes) {
			const { classes = CIFAR_CLASSES } = lane.network;
			if (classes !== manifest.classes.length)
				throw new ClassesError(manifest.title, manifest.classes.length, classes);
		}
		this.#engine = await createEngine(
			this.#backend!,
			experiment.lanes.map((lane, i) => ({
				network: laneNetwork(lane, input),
				seed: experiment.seed,
				gates: from?.gates[i] ?? laneGates(lane),
				state: from?.lanes[i]
			})),
			(detail) => this.#deviceLost(detail)
		);
		await this.#engine.prepare(experiment.recipe.batch);
		this.#experiment = experiment;
		this.#gates = from ? from.gates.map((gates) => [...gates]) : experiment.lanes.map(laneGates);
		this.#active = from ? [...from.active] : experiment.lanes.map(() => true);
		this.#learningRate = from?.learningRate ?? experiment.recipe.learningRate;
		this.#step = from?.step ?? 0;
		this.#snapshot = { step: from?.step ?? -1, at: performance.now() };
		this.#unreported = [];
		this.#underWay.length = 0;
		this.#operations = [];
		this.#shuffler = new Shuffler({
			seed: experiment.seed,
			batch: experiment.recipe.batch,
			shardCounts: manifest.splits.train.shards.map((shard) => shard.count)
		});
		this.#report({
			kind: 'ready',
			request,
			step: this.#step,
			startedAt: new Date().toISOString(),
			experiment,
			images: {
				title: manifest.title,
				set: experiment.data.set,
				input,
				sizes: {
					half: inputShape(manifest, { halve: true })[0],
					full: inputShape(manifest, { halve: false })[0]
				},
				classes: manifest.classes,
				train: manifest.splits.train.count,
				test: manifest.splits.test.count
			}
		});
		// A loss in the first seconds costs no more than one later.
		await this.#takeSnapshot();
	}

	#closeEngine(): void {
		this.#engine?.dispose();
		this.#engine = null;
		this.#experiment = null;
	}

	#takeTurn<T>(action: () => Promise<T>): Promise<T> {
		const turn = this.#turn.then(action);
		this.#turn = turn.catch(() => {});
		return turn;
	}

	/**
	 * Reports what an action throws, and stops the loop: whatever failed, the record stays.
	 * @param request whose failure it is, where it is that of one request alone
	 */
	async #guarded(action: () => Promise<void>, request: number | null = null): Promise<void> {
		const asked = this.#asked;
		try {
			await action();
		} catch (error) {
			// Something else has been asked for meanwhile: this fails for nobody any more.
			if (asked !== this.#asked) return;
			this.#flush();
			// What reads from a lost device may fail before the loss itself is told.
			if (this.#onDevice) await new Promise((resolve) => setTimeout(resolve, LOSS_IS_TOLD_MS));
			this.#stopLoop();
			if (this.#lost) return;
			this.#report({ kind: 'failure', request, failure: failureOf(error) });
		}
	}
}

/** What is done beside training, as it sees itself. */
interface JobUnderWay {
	/** Aborted when nobody wants it any more. */
	readonly signal: AbortSignal;
	/** Tells how far it is. */
	readonly tell: (done: number, of: number) => void;
}

type BesideTraining = (
	experiment: Experiment,
	set: DataSet,
	engine: Engine,
	job: JobUnderWay
) => Promise<void>;

function presetOf(name: string) {
	if (!isPresetName(name))
		throw new RangeError(`preset ${name}: expected one of ${Object.keys(PRESETS).join(', ')}`);
	return PRESETS[name];
}

function testImages(experiment: Experiment, set: DataSet): number {
	return Math.min(experiment.evaluation.images, set.manifest.splits.test.count);
}

function failureOf(error: unknown): Failure {
	if (error instanceof ShardError)
		return {
			code: 'shard',
			file: error.file,
			reason: error.code,
			expected: error.expected,
			got: error.got
		};
	if (error instanceof NoBackendError) return { code: 'no-backend', trials: error.trials };
	if (error instanceof MemoryError)
		return { code: 'memory', needed: error.needed, available: error.available };
	if (error instanceof NoSetError) return { code: 'no-set', id: error.id };
	if (error instanceof ClassesError) {
		const { title, has, wanted } = error;
		return { code: 'classes', title, has, wanted };
	}
	if (error instanceof FetchError) return { code: 'data', detail: error.message };
	return { code: 'engine', detail: error instanceof Error ? error.message : String(error) };
}

function finite({ loss, gradientNorms }: LaneMetrics): boolean {
	return Number.isFinite(loss) && gradientNorms.every(Number.isFinite);
}

async function openShipped(
	base: string,
	onProgress: Progress,
	onChunk: () => void
): Promise<DataSet> {
	const load = (file: string) => fetchFile(new URL(file, base).href, onChunk);
	const manifest = parseManifest(new TextDecoder().decode(await load('manifest.json')));
	return openDataSet(manifest, { load, onProgress });
}

/** @throws NoSetError when it is not on this machine */
async function openOwn(id: string, onProgress: Progress): Promise<DataSet> {
	const store = await OwnDataStore.open().catch(() => null);
	const own = await store?.find(id);
	if (!store || !own) throw new NoSetError(id);
	return openDataSet(own.manifest, { load: (file) => store.file(own.pack, file), onProgress });
}

type Progress = (bytes: number, total: number) => void;

/** A set that a user brought elsewhere, or has removed. */
class NoSetError extends Error {
	constructor(readonly id: string) {
		super(`data set ${id}: not on this machine`);
	}
}

/** The networks answer with other classes than the images have. */
class ClassesError extends Error {
	constructor(
		readonly title: string,
		readonly has: number,
		readonly wanted: number
	) {
		super(`${title}: ${has} classes, the networks have ${wanted}`);
	}
}

/** Pixels between −1 and 1, for timing alone. */
function noise(count: number, [height, width, channels]: ImageShape): Batch {
	const images = Float32Array.from(
		{ length: count * height * width * channels },
		(_, i) => Math.sin(i * i) // any values that are neither constant nor periodic in a row
	);
	return {
		images,
		labels: Int32Array.from({ length: count }, (_, i) => i % 10),
		shape: [count, height, width, channels]
	};
}

/** Lets messages in, and waits at least so many milliseconds. */
function breathe(milliseconds: number): Promise<void> {
	if (milliseconds > 1) return new Promise((resolve) => setTimeout(resolve, milliseconds));
	return new Promise((resolve) => {
		const { port1, port2 } = new MessageChannel();
		port1.onmessage = () => {
			port1.close();
			resolve();
		};
		port2.postMessage(null);
	});
}
