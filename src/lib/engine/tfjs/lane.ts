/**
 * One network in training: its parameters on the device, a forward pass and an explicit backward pass
 * over its description. It does not use tfjs's automatic differentiation; a benchmark compares the two.
 */
import { entry } from '$lib/base/entry';
import type { Batch } from '$lib/base/image';
import * as tf from '@tensorflow/tfjs-core';
import { analyse, type AnalysedNetwork, type AnalysedNode } from '$lib/network';
import type { LaneSetup, LaneState, LaneStep, NotFinite, Recipe } from '../engine';
import {
	binsAt,
	countedMaps,
	countKernels,
	countValues,
	noCounts,
	type CountedMap
} from '../histogram';
import { laneState, orderedState, startingState, type StartingState } from '../initialise';
import type { BackwardRequest, ForwardMode, NodeGradients, Way, Ways } from '../inspect';
import { clipFactor, updateConstants } from '../optimiser';
import { RUNNING_RATE } from '../normalisation';
import { compile } from '../plan/compile';
import { UnplannedError } from '../plan/plan';
import {
	collect,
	crossEntropy,
	deadShare,
	update,
	type DeviceOps,
	type Measured,
	type Statistics,
	type Weight
} from './device';
import { backward, forward } from './operations';
import type { Gradients, Pass } from './pass';

/** A pass that leaves the network as it is. */
const STILL: Recipe = { learningRate: 0, momentum: 0, weightDecay: 0 };

export class TfjsLane {
	readonly network: AnalysedNetwork;
	/** The nodes of a step: all that have their parameters here. */
	readonly #trained: readonly AnalysedNode[];
	readonly #ops: DeviceOps;
	/** Makes the lane's backend tfjs's global one. */
	readonly #ready: () => void;
	readonly #weights = new Map<string, Weight>();
	readonly #running = new Map<string, Statistics>();
	/** Id of the node with the class scores. */
	readonly #logits: string;
	/** Names of the layers' kernels, by layer. */
	readonly #kernels: readonly string[];
	readonly #norms: readonly { readonly node: string; readonly channels: number }[];
	/** Set once a norm was not finite: no more updates. */
	#halted = false;
	readonly #gates: number[];
	readonly #seed: number;
	/** For each `add` node, the index of the block whose shortcut it adds. */
	readonly #gateOf = new Map<string, number>();

	constructor(setup: LaneSetup, ops: DeviceOps, ready: () => void) {
		this.#ops = ops;
		this.#ready = ready;
		this.#seed = setup.seed;
		this.network = analyse(setup.network);
		const { parameters, layers, blocks, nodes, network } = this.network;
		this.#trained = network.auxiliaryLosses ? nodes : nodes.filter(({ node }) => !node.auxiliary);
		this.#logits = nodes[nodes.length - 1].node.id;
		this.#kernels = layers.map(({ kernel }) => parameters[kernel].name);
		this.#gates = blocks.map(({ index }) => setup.gates?.[index] ?? 1);
		for (const { index, shortcut } of blocks) if (shortcut) this.#gateOf.set(shortcut.to, index);

		this.#norms = this.#trained.flatMap(({ node, averages: [mean] }) =>
			mean ? [{ node: node.id, channels: mean.size }] : []
		);
		this.#put(startingState(setup, parameters, this.#norms));
	}

	setGate(block: number, gate: number): void {
		this.#gates[block] = gate;
	}

	/** Makes one step on a batch; its metrics are measured before the update. */
	async step(batch: Batch, recipe: Recipe, histograms = false): Promise<LaneStep> {
		const { parameters, layers, blocks } = this.network;
		const counting = histograms ? await this.#beginHistograms() : null;
		const { readings, gradients } = this.#compute(batch, recipe, counting?.keep);
		const values = await collect(readings);
		let at = 2;
		const take = (count: number) => values.slice(at, (at += count));
		const gradientNorms = take(parameters.length);
		this.#halted ||= !gradientNorms.every(Number.isFinite);
		const updateNorms = this.#halted
			? new Float32Array(layers.length)
			: await this.#update(gradients, recipe, gradientNorms);
		const counts = await counting?.end(gradients);
		tf.dispose([...gradients.values()]);
		return {
			loss: values[0],
			trainingError: values[1],
			gradientNorms,
			blockOutputGradientNorms: take(blocks.length),
			blockOutputStd: take(blocks.length),
			weightNorms: take(layers.length),
			updateNorms,
			deadShares: take(layers.length),
			...(counts && { histograms: counts })
		};
	}

	/**
	 * Begins a step's histograms: `keep` takes the outputs of all nodes between forward and backward pass, and `end` the
	 * gradients by parameter after the update.
	 */
	async #beginHistograms() {
		const { layers } = this.network;
		const counts = noCounts(layers.length);
		const kernels = (tensors: (name: string) => tf.Tensor) =>
			Promise.all(this.#kernels.map((name) => read(tensors(name))));
		const weights = () => kernels((name) => entry(this.#weights, name).w);
		const before = await weights();
		const maps = mapsToCount(this.network).map((map) => ({
			...map,
			tensor: null as tf.Tensor | null
		}));
		return {
			keep: (values: ReadonlyMap<string, tf.Tensor>) => {
				for (const map of maps) {
					const value = entry(values, map.node);
					const bias = map.what === 'before' && this.#weights.get(`${map.node}/bias`);
					map.tensor = bias ? tf.sub(value, bias.w) : value.clone();
				}
			},
			end: async (gradients: ReadonlyMap<string, tf.Tensor>): Promise<Uint32Array> => {
				const gradient = await kernels((name) => entry(gradients, name));
				countKernels(counts, { gradient, before, after: await weights() });
				for (const { what, layer, tensor } of maps) {
					if (!tensor) continue;
					countValues(counts, binsAt(what, layer, layers.length), await read(tensor));
					tensor.dispose();
				}
				return counts;
			}
		};
	}

	/** Logits `[N, classes]`, normalised by the batch (`training`) or by the running averages. */
	async logits(batch: Batch, training: boolean): Promise<Float32Array> {
		const { values, statistics } = this.#forward(batch, training, null);
		const logits = entry(values, this.#logits);
		const result = (await logits.data<'float32'>()).slice();
		tf.dispose([[...values.values()], [...statistics.values()]]);
		return result;
	}

	/** Outputs of the given nodes, `[N, ...outputShape]` each, with the running averages. */
	async outputs(batch: Batch, nodes: readonly string[]): Promise<Map<string, Float32Array>> {
		const { values } = this.#forward(batch, false, null, true);
		try {
			this.#expectNodes(nodes);
			return new Map(
				await Promise.all(nodes.map(async (id) => [id, await read(entry(values, id))] as const))
			);
		} finally {
			tf.dispose([...values.values()]);
		}
	}

	/** See `gradientPasses`. */
	async *gradients(
		batch: Batch,
		mode: ForwardMode,
		requests: Iterable<BackwardRequest>
	): AsyncGenerator<NodeGradients> {
		const pass = this.#observed(batch, mode);
		try {
			for (const request of requests) {
				this.#ready();
				yield await this.#gradientsOf(pass, request);
			}
		} finally {
			disposeOf(pass);
		}
	}

	/** See `batchLoss`. */
	async loss(batch: Batch, mode: ForwardMode): Promise<number> {
		const pass = this.#observed(batch, mode);
		const { loss, error, gradients } = this.#lossOf(pass);
		tf.dispose([...gradients.values()]);
		disposeOf(pass);
		const [mean] = await collect([loss, error]);
		return mean;
	}

	/** A forward pass that keeps all outputs and leaves the network as it is. */
	#observed(batch: Batch, { training, step }: ForwardMode): Pass {
		return this.#forward(batch, training, training ? { ...STILL, step } : null, true);
	}

	/** A backward pass that leaves the forward pass as it is. */
	async #gradientsOf(forward: Pass, request: BackwardRequest): Promise<NodeGradients> {
		const { objective, ways } = request;
		this.#expectNodes([...request.outputs, ...request.gradients]);
		const image = this.#trained[0].node.id;
		const pass = {
			...shared(forward),
			image: request.gradients.includes(image) ? null : image,
			kernels: request.parameters !== undefined
		};
		const { loss, error, gradients } = this.#lossOf(pass);
		if (objective !== 'loss') {
			const { scores } = objective;
			const classes = this.network.network.classes;
			tf.dispose([...gradients.values()]);
			gradients.clear();
			gradients.set(
				this.#logits,
				tf.tidy(() => tf.cast(tf.oneHot([...scores], classes), 'float32'))
			);
		}
		const reading: Promise<unknown>[] = [];
		const into = <K, V>(map: Map<K, V>, key: K, value: Promise<V>) =>
			reading.push(value.then((read) => map.set(key, read)));
		const outputs = new Map<string, Float32Array>();
		const wanted = (tensor: tf.Tensor) =>
			request.image === undefined ? copy(tensor) : copyOfImage(tensor, request.image);
		const sizes = { output: new Map<string, Measured>(), gradient: new Map<string, Measured>() };
		const measure = (what: keyof typeof sizes, id: string, tensor: tf.Tensor) =>
			request.image === undefined || sizes[what].set(id, this.#ops.norm(tensor));
		for (const id of request.outputs) {
			const output = entry(pass.values, id);
			into(outputs, id, wanted(output));
			measure('output', id, output);
		}
		const totals = new Map<string, Float32Array>();
		const byReader = new Map(
			request.gradients.map((id) => [id, new Map<string, Float32Array>()] as const)
		);
		const parameters = new Map<string, Float32Array>();
		const byId = new Map(this.#trained.map(({ node }) => [node.id, node]));
		this.#backward(
			pass,
			gradients,
			(id, { inputs, parameters: own = {} }, dy) => {
				if (dy && byReader.has(id)) {
					into(totals, id, wanted(dy));
					measure('gradient', id, dy);
				}
				inputs.forEach((dx, k) => {
					const parts = byReader.get(entry(byId, id).inputs[k]);
					if (dx && parts) into(parts, id, wanted(dx));
				});
				for (const [role, gradient] of Object.entries(own)) {
					const name = `${id}/${role}`;
					if (request.parameters?.includes(name)) into(parameters, name, copy(gradient));
					gradient.dispose();
				}
			},
			ways
		);
		const [meanLoss, wrong, ...norms] = await collect([
			...[loss, error],
			...request.outputs.flatMap((id) => sizes.output.get(id) ?? []),
			...request.gradients.flatMap((id) => sizes.gradient.get(id) ?? [])
		]);
		await Promise.all(reading);
		const ofOutputs = new Map(request.outputs.map((id, i) => [id, norms[i]]));
		const reached = request.gradients.filter((id) => sizes.gradient.has(id));
		const ofGradients = new Map(reached.map((id, i) => [id, norms[sizes.output.size + i]]));
		return {
			loss: meanLoss,
			error: wrong,
			outputs,
			parameters,
			norms: new Map(
				request.image === undefined
					? []
					: request.outputs.map((id) => [
							id,
							{ output: entry(ofOutputs, id), gradient: ofGradients.get(id) ?? 0 }
						])
			),
			gradients: new Map(
				[...byReader].map(([id, by]) => [id, { total: totals.get(id) ?? null, by }] as const)
			)
		};
	}

	/** @throws RangeError naming a node that the network does not have */
	#expectNodes(ids: readonly string[]): void {
		const known = new Set(this.#trained.map(({ node }) => node.id));
		const unknown = ids.find((id) => !known.has(id));
		if (unknown !== undefined)
			throw new RangeError(`${unknown}: no such node in ${this.network.network.name}`);
	}

	/** Sum of the cross-entropy and number of wrong answers, with the running averages. */
	async evaluate(batch: Batch): Promise<{ loss: number; wrong: number }> {
		const { values } = this.#forward(batch, false, null);
		const logits = values.get(this.#logits) as tf.Tensor2D;
		const { loss, error, dLogits } = crossEntropy(logits, batch.labels);
		dLogits.dispose();
		tf.dispose([...values.values()]);
		const [meanLoss, share] = await collect([loss, error]);
		const [count] = batch.shape;
		return { loss: meanLoss * count, wrong: Math.round(share * count) };
	}

	/** A copy of the lane's state. */
	async state(): Promise<LaneState> {
		const { parameters } = this.network;
		const readAll = (tensors: readonly tf.Tensor[]) => Promise.all(tensors.map(read));
		const weights = parameters.map(({ name }) => entry(this.#weights, name));
		const running = this.#norms.map(({ node }) => entry(this.#running, node));
		const squares = weights.flatMap(({ s }) => s ?? []);
		const variances = await readAll(running.map(({ variance }) => variance));
		const means = await readAll(running.map(({ mean }) => mean));
		return laneState(
			{
				values: await readAll(weights.map(({ w }) => w)),
				velocities: await readAll(weights.map(({ v }) => v)),
				squares: squares.length ? await readAll(squares) : null,
				averages: means.map((mean, i) => ({ mean, variance: variances[i] }))
			},
			parameters,
			this.#norms
		);
	}

	/** See `Engine.load`. */
	load(state: LaneState): void {
		const ordered = orderedState(state, this.network.parameters, this.#norms);
		this.dispose();
		this.#put(ordered);
		this.#halted = false;
	}

	#put({ values, velocities, squares, averages }: StartingState): void {
		this.#ready();
		for (const [i, { name, shape }] of this.network.parameters.entries())
			this.#weights.set(name, {
				w: tf.tensor(values[i], [...shape], 'float32'),
				v: tf.tensor(velocities[i], [...shape], 'float32'),
				s: squares ? tf.tensor(squares[i], [...shape], 'float32') : undefined
			});
		for (const [i, { node }] of this.#norms.entries())
			this.#running.set(node, {
				mean: tf.tensor1d(averages[i].mean),
				variance: tf.tensor1d(averages[i].variance)
			});
	}

	dispose(): void {
		tf.dispose([[...this.#weights.values()], [...this.#running.values()]]);
		this.#weights.clear();
		this.#running.clear();
	}

	/** The place of the first value of a step that is not finite, or null. Makes no update. */
	async firstNotFinite(batch: Batch): Promise<NotFinite | null> {
		const pass = this.#forward(batch, true, STILL);
		const found: { readonly place: NotFinite; readonly size: Measured }[] = [];
		const note = (node: string, on: NotFinite['pass'], values: readonly (tf.Tensor | null)[]) => {
			for (const tensor of values)
				if (tensor) found.push({ place: { node, pass: on }, size: this.#ops.norm(tensor) });
		};
		for (const { node } of this.#trained) note(node.id, 'forward', [entry(pass.values, node.id)]);
		const { loss, error, gradients } = this.#lossOf(pass);
		tf.dispose([loss, error]);
		for (const [id, dy] of gradients) note(id, 'backward', [dy]);
		this.#backward(pass, gradients, (node, { inputs, parameters = {} }) => {
			note(node, 'backward', [...inputs, ...Object.values(parameters)]);
			tf.dispose(parameters);
		});
		const sizes = await collect(found.map(({ size }) => size));
		return found.find((_, i) => !Number.isFinite(sizes[i]))?.place ?? null;
	}

	/** Runs forward and backward; returns the measured numbers in the order in which `step` reads them. */
	#compute(
		batch: Batch,
		recipe: Recipe,
		keep: (values: ReadonlyMap<string, tf.Tensor>) => void = () => {}
	): { readings: Measured[]; gradients: Map<string, tf.Tensor> } {
		const { parameters, layers, blocks } = this.network;
		const ops = this.#ops;
		const pass = this.#forward(batch, true, recipe);
		const { values } = pass;
		this.#updateRunning(pass);
		keep(values);

		const { loss, error, gradients } = this.#lossOf(pass);
		const stds = blocks.map(({ output }) => ops.std(entry(values, output)));
		const byId = new Map(this.#trained.map(({ node }) => [node.id, node]));
		const dead = layers.map(({ nodes: ids }): Measured => {
			const relu = ids.find((id) => {
				const node = entry(byId, id);
				return node.type === 'activation' && node.activation === 'relu';
			});
			return relu === undefined ? NaN : deadShare(entry(values, relu));
		});
		const weightNorms = this.#kernels.map((name) => ops.norm(entry(this.#weights, name).w));

		const outputs = new Set(blocks.map(({ output }) => output));
		const outputNorms = new Map<string, Measured>();
		const norms = new Map<string, Measured>();
		const ofParameters = new Map<string, tf.Tensor>();
		this.#backward(pass, gradients, (node, { parameters: own = {} }, dy) => {
			if (outputs.has(node)) outputNorms.set(node, dy ? ops.norm(dy) : 0);
			for (const [role, gradient] of Object.entries(own)) {
				norms.set(`${node}/${role}`, ops.norm(gradient));
				ofParameters.set(`${node}/${role}`, gradient);
			}
		});
		const readings = [
			loss,
			error,
			...parameters.map(({ name }) => entry(norms, name)),
			...blocks.map(({ output }) => entry(outputNorms, output)),
			...stds,
			...weightNorms,
			...dead
		];
		return { readings, gradients: ofParameters };
	}

	/** The reported loss and error, those of the last node, and the gradients of what training minimises by class scores. */
	#lossOf({ values, batch, recipe }: Pass) {
		// Auxiliary heads count in a step only.
		const { auxiliaryLosses = {} } = recipe ? this.network.network : {};
		const scores = (id: string) => crossEntropy(entry(values, id) as tf.Tensor2D, batch.labels);
		const { loss, error, dLogits } = scores(this.#logits);
		const gradients = new Map<string, tf.Tensor>([[this.#logits, dLogits]]);
		for (const [id, weight] of Object.entries(auxiliaryLosses))
			gradients.set(
				id,
				tf.tidy(() => tf.mul(scores(id).dLogits, weight))
			);
		return { loss, error, gradients };
	}

	/**
	 * The backward pass of a step. Disposes all that the pass holds and `gradients`, which has those of the class scores.
	 * @param visit receives, node by node from the last, the gradients that its operation passes on and the one that reached
	 * it (null for none); it owns those of the parameters
	 * @param ways by which of its two ways a block's gradient travels, by block; both where absent
	 */
	#backward(
		pass: Pass,
		gradients: Map<string, tf.Tensor>,
		visit: (node: string, own: Gradients, dy: tf.Tensor | null) => void,
		ways?: Ways
	): void {
		for (const analysed of this.#trained.toReversed()) {
			const { node } = analysed;
			const dy = gradients.get(node.id) ?? null;
			const all = dy ? backward(node, dy, pass) : unreached(analysed);
			const way = ways?.get(this.#gateOf.get(node.id) ?? -1);
			const own = way ? onlyBy(way, all) : all;
			visit(node.id, own, dy);
			dy?.dispose();
			entry(pass.values, node.id).dispose();
			gradients.delete(node.id);
			own.inputs.forEach((dx, k) => this.#accumulate(gradients, node.inputs[k], dx));
		}
		tf.dispose([[...pass.statistics.values()], [...pass.masks.values()]]);
	}

	/** Updates the parameters; returns the norms of the updates of the layers' kernels. */
	async #update(
		gradients: ReadonlyMap<string, tf.Tensor>,
		recipe: Recipe,
		gradientNorms: Float32Array
	): Promise<Float32Array> {
		this.#ready();
		const constants = updateConstants(recipe);
		const factor = clipFactor(constants.clip, Math.hypot(...gradientNorms));
		const norms = new Map<string, Measured>();
		for (const [name, gradient] of gradients) {
			const before = entry(this.#weights, name);
			const { change, ...after } = update(before, gradient, constants, factor);
			norms.set(name, this.#ops.norm(change));
			tf.dispose([before, change]);
			this.#weights.set(name, after);
		}
		const ofLayers = this.#kernels.map((name) => entry(norms, name));
		const others = [...norms.values()].filter((norm) => !ofLayers.includes(norm));
		tf.dispose(others.filter((norm) => typeof norm !== 'number'));
		return collect(ofLayers);
	}

	/**
	 * @param recipe recipe of the training step; null outside one
	 * @param keep whether to keep the outputs of all nodes, as a backward pass needs; otherwise only the class scores are
	 * kept, and auxiliary heads are not computed
	 */
	#forward(batch: Batch, training: boolean, recipe: Recipe | null, keep = recipe !== null): Pass {
		this.#ready();
		const values = new Map<string, tf.Tensor>();
		const pass: Pass = {
			ops: this.#ops,
			batch,
			image: this.#trained[0].node.id,
			kernels: true,
			seed: this.#seed,
			recipe,
			weight: (node, role) => entry(this.#weights, `${node}/${role}`).w,
			running: (node) => (training ? null : entry(this.#running, node)),
			gate: (node) => {
				const block = this.#gateOf.get(node);
				return block === undefined ? 1 : this.#gates[block];
			},
			values,
			statistics: new Map(),
			masks: new Map()
		};
		const nodes = this.#trained.filter(({ node }) => keep || !node.auxiliary);
		const lastUse = new Map<string, number>();
		nodes.forEach(({ node }, i) => node.inputs.forEach((id) => lastUse.set(id, i)));
		nodes.forEach(({ node }, i) => {
			values.set(node.id, forward(node, pass));
			if (keep) return;
			for (const id of new Set(node.inputs))
				if (lastUse.get(id) === i) {
					entry(values, id).dispose();
					values.delete(id);
				}
		});
		return pass;
	}

	/** Adds the gradient that reaches a node through one of its consumers. */
	#accumulate(gradients: Map<string, tf.Tensor>, id: string, dx: tf.Tensor | null): void {
		if (!dx) return;
		const before = gradients.get(id);
		if (!before) {
			gradients.set(id, dx);
			return;
		}
		gradients.set(id, tf.add(before, dx));
		tf.dispose([before, dx]);
	}

	#updateRunning({ statistics, values }: Pass): void {
		for (const [id, { mean, variance }] of statistics) {
			const running = entry(this.#running, id);
			const count = entry(values, id).size / mean.size;
			const unbias = count > 1 ? count / (count - 1) : 1;
			const next = tf.tidy(() => ({
				mean: moved(running.mean, mean, 1),
				variance: moved(running.variance, variance, unbias)
			}));
			tf.dispose(running);
			this.#running.set(id, next);
		}
	}
}

/** The maps that our own kernels count; none of a network that they cannot train. */
function mapsToCount({ network }: AnalysedNetwork): CountedMap[] {
	try {
		return countedMaps(compile(network));
	} catch (error) {
		if (error instanceof UnplannedError) return [];
		throw error;
	}
}

/** (1 − r) · running + r · unbias · batch, with r = `RUNNING_RATE`. */
const moved = (running: tf.Tensor1D, batch: tf.Tensor1D, unbias: number): tf.Tensor1D =>
	tf.add(tf.mul(running, 1 - RUNNING_RATE), tf.mul(batch, RUNNING_RATE * unbias));

/** A pass that holds the same tensors, which can be disposed without those of the first. */
const shared = (pass: Pass): Pass => ({
	...pass,
	values: copied(pass.values, (value) => value.clone()),
	masks: copied(pass.masks, (mask) => mask.clone()),
	statistics: copied(pass.statistics, ({ mean, variance }) => ({
		mean: mean.clone(),
		variance: variance.clone()
	}))
});

const copied = <T>(map: ReadonlyMap<string, T>, copy: (one: T) => T): Map<string, T> =>
	new Map(Array.from(map, ([id, one]) => [id, copy(one)]));

/** What an addition passes on by one way of its block: F(x) is its first input, the shortcut its second. */
function onlyBy(way: Way, { inputs, ...others }: Gradients): Gradients {
	const kept = way === 'branch' ? 0 : 1;
	inputs.forEach((dx, k) => k !== kept && dx?.dispose());
	return { ...others, inputs: inputs.map((dx, k) => (k === kept ? dx : null)) };
}

const read = async (tensor: tf.Tensor): Promise<Float32Array> =>
	(await tensor.data<'float32'>()).slice();

/** Reads a tensor that may be disposed meanwhile. */
async function copy(tensor: tf.Tensor): Promise<Float32Array> {
	const own = tensor.clone();
	try {
		return await read(own);
	} finally {
		own.dispose();
	}
}

/** Reads one image of a tensor `[N, …]` that may be disposed meanwhile. */
async function copyOfImage(tensor: tf.Tensor, image: number): Promise<Float32Array> {
	const own = tf.slice(tensor, [image], [1]);
	try {
		return await read(own);
	} finally {
		own.dispose();
	}
}

const disposeOf = ({ values, masks, statistics }: Pass) =>
	tf.dispose([[...values.values()], [...masks.values()], [...statistics.values()]]);

/** Zero gradients for a node that no gradient reaches: the projection of a cut shortcut, an auxiliary head without a loss. */
function unreached({ node, parameters }: AnalysedNode): Gradients {
	return {
		inputs: node.inputs.map(() => null),
		parameters: Object.fromEntries(
			parameters.map(({ role, shape }) => [role, tf.zeros([...shape])])
		)
	};
}
