/** jax-js: the model in its ops, gradients by `valueAndGrad`, on webgpu the whole step compiled by `jit`. */
import {
	blockUntilReady,
	defaultDevice,
	init,
	jit,
	lax,
	nn,
	numpy as np,
	tree,
	valueAndGrad
} from '@jax-js/jax';
import { initialParameters } from '$lib/engine';
import { analyse, type Network, type NetworkNode } from '$lib/network';
import type { Start } from './contender';
import { RECIPE, SEED } from './works';

/** ε of batch normalisation, as in the engine and in PyTorch. */
const EPSILON = 1e-5;

type Arrays = Record<string, np.Array>;
// A type, not an interface: jax-js walks through plain trees only.
type State = { weights: Arrays; velocities: Arrays };

export const startJax: Start = async ({ network, batch }, { name: backend }) => {
	if (backend !== 'webgpu' && backend !== 'wasm')
		throw new RangeError(`backend ${backend}: jax-js is measured on webgpu and wasm`);
	if (!(await init(backend)).includes(backend)) throw new Error(`jax-js has no ${backend} here`);
	defaultDevice(backend);

	const drawn = initialParameters(network, SEED);
	let state: State = { weights: {}, velocities: {} };
	for (const { name, shape } of analyse(network).parameters) {
		const values = Float32Array.from(drawn.get(name)!);
		state.weights[name] =
			shape.length === 4
				? np.array(filtersFirst(values, shape), { shape: [3, 2, 0, 1].map((i) => shape[i]) })
				: np.array(values, { shape: [...shape] });
		state.velocities[name] = np.zeros(state.weights[name].shape);
	}
	const [count, height, width, channels] = batch.shape;
	const planes = channelsFirst(batch.images, batch.shape);
	const classes = Int32Array.from(batch.labels);
	const plain = (before: State, images: np.Array, labels: np.Array) => {
		const [loss, gradients] = valueAndGrad((weights: Arrays, x: np.Array, truth: np.Array) =>
			lossOf(network, weights, x, truth)
		)(tree.ref(before.weights), images, labels);
		return { loss, ...updated(before, gradients) };
	};
	// On wasm, the compiled step takes about twice as long as the plain one; each backend gets the faster form.
	const compiled = backend === 'webgpu' ? jit(plain) : null;
	const step = compiled ?? plain;

	return {
		async step() {
			const images = np.array(planes, { shape: [count, channels, height, width] });
			const { loss, ...after } = step(state, images, np.array(classes));
			state = after;
			// The loss of a compiled step waits for all of its kernels; that of a plain one for its own only.
			if (!compiled) await blockUntilReady(state);
			const [value] = await loss.data();
			return value;
		},
		dispose() {
			tree.dispose(state);
			compiled?.dispose();
		}
	};
};

/** v ← μv + (g + λw); w ← w − ηv. */
function updated({ weights, velocities }: State, gradients: Arrays): State {
	const { learningRate, momentum, weightDecay } = RECIPE;
	const after: State = { weights: {}, velocities: {} };
	for (const [name, gradient] of Object.entries(gradients)) {
		const decayed = gradient.add(weights[name].ref.mul(weightDecay));
		const velocity = velocities[name].mul(momentum).add(decayed);
		after.weights[name] = weights[name].sub(velocity.ref.mul(learningRate));
		after.velocities[name] = velocity;
	}
	return after;
}

/** jax-js consumes arrays that are passed on, so this takes references and releases them at the end. */
function lossOf(network: Network, weights: Arrays, images: np.Array, labels: np.Array): np.Array {
	const [count] = images.shape;
	const values = new Map<string, np.Array>();
	let last = images;
	for (const node of network.nodes) {
		const inputs = node.inputs.map((id) => values.get(id)!.ref);
		if (node.type !== 'input') last = outputOf(node, inputs, weights);
		values.set(node.id, last);
	}
	const logits = last.ref;
	for (const value of values.values()) value.dispose();
	const truth = nn.oneHot(labels, network.classes);
	return nn
		.logSoftmax(logits)
		.mul(truth)
		.sum()
		.mul(-1 / count);
}

function outputOf(node: NetworkNode, [x, shortcut]: np.Array[], weights: Arrays): np.Array {
	const weight = (role: string) => weights[`${node.id}/${role}`];
	const perChannel = (role: string) => weight(role).reshape([1, -1, 1, 1]);
	switch (node.type) {
		case 'input':
			return x;
		case 'conv': {
			const { stride, padding } = node;
			const edges: [number, number][] = [
				[padding, padding],
				[padding, padding]
			];
			const y = lax.convGeneralDilated(x, weight('kernel'), [stride, stride], edges);
			return node.bias ? y.add(perChannel('bias')) : y;
		}
		case 'batchNorm': {
			const centred = x.ref.sub(x.mean([0, 2, 3], { keepdims: true }));
			const variance = np.square(centred.ref).mean([0, 2, 3], { keepdims: true });
			const scaled = perChannel('gamma').div(np.sqrt(variance.add(EPSILON)));
			return centred.mul(scaled).add(perChannel('beta'));
		}
		case 'activation':
			if (node.activation === 'tanh') return np.tanh(x);
			return nn[node.activation === 'leaky-relu' ? 'leakyRelu' : node.activation](x);
		case 'subsample': {
			// jax-js has no slices with a stride: the pixels of a stride become an axis of their own.
			const [count, channels, height, width] = x.shape;
			const { stride } = node;
			const picked = x
				.reshape([count, channels, height / stride, stride, width / stride, stride])
				.slice([], [], [], 0, [], 0);
			const none: [number, number] = [0, 0];
			return np.pad(picked, [none, [0, node.channels - channels], none, none]);
		}
		case 'add':
			return x.add(shortcut);
		case 'globalAveragePool':
			return x.mean([2, 3]);
		case 'dense': {
			const y = np.matmul(x, weight('kernel'));
			return node.bias ? y.add(weight('bias')) : y;
		}
		default:
			throw new RangeError(`${node.id}: no ${node.type} in this benchmark`);
	}
}

/** HWIO → OIHW. */
function filtersFirst(kernel: Float32Array, [kh, kw, channels, filters]: readonly number[]) {
	const taps = kh * kw;
	const result = new Float32Array(kernel.length);
	for (let tap = 0; tap < taps; tap++)
		for (let c = 0; c < channels; c++)
			for (let f = 0; f < filters; f++)
				result[(f * channels + c) * taps + tap] = kernel[(tap * channels + c) * filters + f];
	return result;
}

/** NHWC → NCHW. */
function channelsFirst(images: Float32Array, [count, height, width, channels]: readonly number[]) {
	const pixels = height * width;
	const result = new Float32Array(images.length);
	for (let n = 0; n < count; n++)
		for (let p = 0; p < pixels; p++)
			for (let c = 0; c < channels; c++)
				result[(n * channels + c) * pixels + p] = images[(n * pixels + p) * channels + c];
	return result;
}
