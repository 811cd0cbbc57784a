/**
 * Runs a network without training it: one copy of its weights and no optimiser state, and each output is freed as soon
 * as its last reader has run. On wasm, in a worker of its own. Weights stay outside tfjs's heap, which never shrinks and
 * in which its convolutions keep a second, packed copy: each kernel is there only while it is read.
 */
import { breathe } from '$lib/base/breathe';
import { entry } from '$lib/base/entry';
import type { AnalysedNetwork, AnalysedNode, NetworkNode } from '$lib/network';
import * as tf from '@tensorflow/tfjs-core';
import { HostOps } from './tfjs/host';
import { forward } from './tfjs/operations';
import type { Pass } from './tfjs/pass';
import './tfjs/wasmFiles';

/** Outputs of nodes for one image, by id: `[H, W, C]` or `[units]`, in row-major order. */
export type NodeValues = ReadonlyMap<string, Float32Array>;

interface InferenceOptions {
	/** The gate of each block's shortcut; 1 when absent. */
	readonly gates?: readonly number[];
	/** Called with the share of the multiply-accumulates that are done, 0…1. */
	readonly onProgress?: (share: number) => void;
}

/** Multiply-accumulates after which messages are handled. */
const BREATHE_AFTER = 100e6;

export class Inference {
	readonly #ops = new HostOps();

	private constructor(private readonly weights: NodeValues) {}

	/**
	 * @param weights values of parameters and running averages, by name
	 * @throws Error if the browser cannot load wasm
	 */
	static async open(weights: NodeValues): Promise<Inference> {
		if (!(await tf.setBackend('wasm'))) throw new Error('tfjs cannot start its wasm backend');
		return new Inference(weights);
	}

	/**
	 * Outputs of nodes for one image, normalised by the running averages. Computes only what they depend on and is not
	 * given.
	 * @param network the network that the weights belong to, or one with fewer blocks
	 * @param given outputs that are known, at least that of the input: the standardised image
	 * @throws RangeError naming a node or a weight that does not exist
	 */
	async outputs(
		{ nodes, blocks }: AnalysedNetwork,
		given: NodeValues,
		wanted: readonly string[],
		{ gates, onProgress }: InferenceOptions = {}
	): Promise<NodeValues> {
		const byId = new Map(nodes.map((analysed) => [analysed.node.id, analysed]));
		const needed = neededFor(byId, given, wanted);
		const run = nodes.filter(({ node }) => needed.has(node.id) && !given.has(node.id));
		const lastReader = new Map<string, string>();
		for (const { node } of run) for (const id of node.inputs) lastReader.set(id, node.id);
		const gateOf = new Map(
			blocks.flatMap(({ index, shortcut }) =>
				shortcut ? [[shortcut.to, gates?.[index] ?? 1]] : []
			)
		);
		const whole = run.reduce((sum, { macs }) => sum + macs, 0);
		const found = new Map<string, Float32Array>();
		const values = new Map<string, tf.Tensor>();
		try {
			for (const [id, known] of given)
				if (needed.has(id))
					values.set(id, tf.tensor(known, [1, ...entry(byId, id).outputShape], 'float32'));
			let done = 0;
			let told = 0;
			for (const analysed of run) {
				const { node, macs } = analysed;
				values.set(node.id, this.#run(analysed, values, gateOf));
				if (wanted.includes(node.id)) found.set(node.id, valuesOf(entry(values, node.id)));
				for (const id of [...node.inputs, node.id])
					if ((lastReader.get(id) ?? node.id) === node.id) {
						values.get(id)?.dispose();
						values.delete(id);
					}
				done += macs;
				if (done - told < BREATHE_AFTER) continue;
				told = done;
				onProgress?.(done / whole);
				await breathe();
			}
		} finally {
			tf.dispose([...values.values()]);
		}
		for (const id of wanted) if (given.has(id)) found.set(id, entry(given, id));
		return found;
	}

	#run(
		analysed: AnalysedNode,
		values: Map<string, tf.Tensor>,
		gateOf: ReadonlyMap<string, number>
	): tf.Tensor {
		const { node, parameters, averages } = analysed;
		if (node.type === 'dense') return this.#dense(node, entry(values, node.inputs[0]));
		const tensors = new Map(
			[...parameters, ...averages].map(({ name, role, shape }) => [
				role,
				tf.tensor(this.#weight(name), [...shape], 'float32')
			])
		);
		const [mean, variance] = (['mean', 'variance'] as const).map(
			(role) => tensors.get(role) as tf.Tensor1D
		);
		const pass: Pass = {
			ops: this.#ops,
			kernels: false,
			batch: NO_BATCH,
			image: '',
			seed: 0,
			recipe: null,
			weight: (_, role) => entry(tensors, role),
			running: () => ({ mean, variance }),
			gate: (id) => gateOf.get(id) ?? 1,
			values,
			statistics: new Map(),
			masks: new Map()
		};
		const output = forward(node, pass);
		tf.dispose([...tensors.values()]);
		return output;
	}

	/** y = x W + b, row by row, so that the largest matrices (0.4 GB in VGG) are read where they are. */
	#dense({ id, units, bias }: NetworkNode<'dense'>, input: tf.Tensor): tf.Tensor {
		const matrix = this.#weight(`${id}/kernel`);
		const y = new Float64Array(units);
		if (bias) y.set(this.#weight(`${id}/bias`));
		input.dataSync<'float32'>().forEach((x, row) => {
			if (x === 0) return;
			const from = row * units;
			for (let unit = 0; unit < units; unit++) y[unit] += x * matrix[from + unit];
		});
		return tf.tensor(Float32Array.from(y), [1, units]);
	}

	#weight(name: string): Float32Array {
		const values = this.weights.get(name);
		if (!values) throw new RangeError(`${name}: there are no such weights`);
		return values;
	}
}

/** Images come as outputs of the input. */
const NO_BATCH = {
	images: new Float32Array(),
	labels: new Int32Array(),
	shape: [0, 0, 0, 0]
} as const;

/** A copy, because tfjs's heap may move. */
const valuesOf = (tensor: tf.Tensor) => tensor.dataSync<'float32'>().slice();

/** Ids of the nodes on which others depend, up to those that are given. */
function neededFor(
	byId: ReadonlyMap<string, AnalysedNode>,
	given: NodeValues,
	wanted: readonly string[]
): ReadonlySet<string> {
	const needed = new Set<string>();
	const open = [...wanted];
	for (let id = open.pop(); id !== undefined; id = open.pop()) {
		if (needed.has(id)) continue;
		needed.add(id);
		const analysed = byId.get(id);
		if (!analysed) throw new RangeError(`${id}: the network has no such node`);
		if (!given.has(id)) open.push(...analysed.node.inputs);
	}
	return needed;
}
