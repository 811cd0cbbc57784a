/** Stock tfjs: model and optimiser in its ops, gradients from its automatic differentiation. */
import type { Batch } from '$lib/base/image';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import { initialParameters } from '$lib/engine';
import { computeOn } from '$lib/engine/tfjs/backend';
import { analyse, LEAKY_SLOPE, type Network } from '$lib/network';
import type { Start } from './contender';
import { RECIPE, SEED } from './works';

/** ε of batch normalisation, as in the engine and in PyTorch. */
const EPSILON = 1e-5;

type Weights = ReadonlyMap<string, tf.Variable>;

export const startTape: Start = async ({ network, batch }, backend) => {
	if (backend.name === 'wasm') registerFilterGradient();
	computeOn(backend);
	const drawn = initialParameters(network, SEED);
	const weights = new Map<string, tf.Variable>();
	const velocities = new Map<string, tf.Variable>();
	for (const { name, shape } of analyse(network).parameters)
		tf.tidy(() => {
			weights.set(name, tf.variable(tf.tensor(drawn.get(name)!, [...shape])));
			velocities.set(name, tf.variable(tf.zeros([...shape])));
		});
	// The tape names gradients by the variables' own names.
	const nameOf = new Map([...weights].map(([name, variable]) => [variable.name, name]));
	const variables = [...weights.values()];

	return {
		async step() {
			computeOn(backend);
			const loss = tf.tidy(() => {
				const { value, grads } = tf.variableGrads(() => lossOf(network, weights, batch), variables);
				for (const [variable, gradient] of Object.entries(grads))
					update(
						weights.get(nameOf.get(variable)!)!,
						velocities.get(nameOf.get(variable)!)!,
						gradient
					);
				return value;
			});
			// Read after the update is queued, so that the wait covers the whole step.
			const [value] = await loss.data();
			loss.dispose();
			return value;
		},
		dispose: () => tf.dispose([...variables, ...velocities.values()])
	};
};

/** v ← μv + (g + λw); w ← w − ηv. */
function update(weight: tf.Variable, velocity: tf.Variable, gradient: tf.Tensor): void {
	const { learningRate, momentum, weightDecay } = RECIPE;
	const decayed = tf.add(gradient, tf.mul(weight, weightDecay));
	velocity.assign(tf.add(tf.mul(velocity, momentum), decayed));
	weight.assign(tf.sub(weight, tf.mul(velocity, learningRate)));
}

function lossOf(network: Network, weights: Weights, { images, labels, shape }: Batch): tf.Scalar {
	const values = new Map<string, tf.Tensor>();
	let last: tf.Tensor = tf.tensor4d(images, [...shape]);
	for (const node of network.nodes) {
		const [x, shortcut] = node.inputs.map((id) => values.get(id)!);
		const weight = (role: string) => weights.get(`${node.id}/${role}`)!;
		const withBias = (y: tf.Tensor) =>
			'bias' in node && node.bias ? tf.add(y, weight('bias')) : y;
		last = ((): tf.Tensor => {
			switch (node.type) {
				case 'input':
					return last;
				case 'conv':
					return withBias(
						tf.conv2d(
							x as tf.Tensor4D,
							weight('kernel') as unknown as tf.Tensor4D,
							node.stride,
							node.padding,
							'NHWC',
							1,
							'floor'
						)
					);
				case 'batchNorm': {
					const { mean, variance } = tf.moments(x, [0, 1, 2]);
					const scaled = tf.mul(tf.rsqrt(tf.add(variance, EPSILON)), weight('gamma'));
					return tf.add(tf.mul(tf.sub(x, mean), scaled), weight('beta'));
				}
				case 'activation':
					return node.activation === 'leaky-relu'
						? tf.leakyRelu(x, LEAKY_SLOPE)
						: tf[node.activation](x);
				case 'subsample': {
					// tfjs has no gradient of stridedSlice: a pixel and its neighbours as one, then its first.
					const [count, height, width, channels] = x.shape as [number, number, number, number];
					const [h, w] = [height / node.stride, width / node.stride];
					const together = tf.reshape(x, [count * h, node.stride, w, node.stride * channels]);
					const picked = tf.slice(together, [0, 0, 0, 0], [count * h, 1, w, channels]);
					return tf.pad(tf.reshape(picked, [count, h, w, channels]), [
						[0, 0],
						[0, 0],
						[0, 0],
						[0, node.channels - channels]
					]);
				}
				case 'add':
					return tf.add(x, shortcut);
				case 'globalAveragePool':
					return tf.mean(x, [1, 2]);
				case 'dense':
					return withBias(tf.matMul(x as tf.Tensor2D, weight('kernel') as unknown as tf.Tensor2D));
				default:
					throw new RangeError(`${node.id}: no ${node.type} in this benchmark`);
			}
		})();
		values.set(node.id, last);
	}
	const truth = tf.oneHot(tf.tensor1d(labels, 'int32'), network.classes);
	return tf.neg(tf.div(tf.sum(tf.mul(tf.logSoftmax(last), truth)), shape[0])) as tf.Scalar;
}

/**
 * The gradient with respect to a convolution's kernel, which tfjs lacks on wasm: for each tap, the transposed pixels of
 * x at that tap times dy.
 */
function registerFilterGradient(): void {
	if (tf.getKernel(tf.Conv2DBackpropFilter, 'wasm')) return;
	tf.registerKernel({
		kernelName: tf.Conv2DBackpropFilter,
		backendName: 'wasm',
		kernelFunc: ({ inputs, attrs }) => {
			const { strides, pad, filterShape } = attrs as unknown as tf.Conv2DBackpropFilterAttrs;
			if (typeof pad !== 'number')
				throw new RangeError(`pad ${JSON.stringify(pad)}: expected a number of pixels`);
			const [strideY, strideX = strideY] = [strides].flat() as number[];
			const [kh, kw, channels, filters] = filterShape;
			return tf.tidy(() => {
				const engine = tf.engine();
				const tensor = ({ dataId, shape, dtype }: tf.TensorInfo) =>
					engine.makeTensorFromDataId(dataId, shape, dtype);
				const x = tensor(inputs.x!);
				const dy = tensor(inputs.dy!);
				const [count, height, width] = dy.shape;
				const pixels = count * height * width;
				const flat = tf.reshape(dy, [pixels, filters]) as tf.Tensor2D;
				const edge: [number, number] = [pad, pad];
				const padded = tf.pad(x, [[0, 0], edge, edge, [0, 0]]);
				const taps: tf.Tensor[] = [];
				for (let a = 0; a < kh; a++)
					for (let b = 0; b < kw; b++) {
						const met = tf.stridedSlice(
							padded,
							[0, a, b, 0],
							[count, a + (height - 1) * strideY + 1, b + (width - 1) * strideX + 1, channels],
							[1, strideY, strideX, 1]
						);
						const rows = tf.reshape(met, [pixels, channels]) as tf.Tensor2D;
						taps.push(tf.matMul(rows, flat, true, false));
					}
				return tf.reshape(tf.stack(taps), filterShape);
			});
		}
	});
}
