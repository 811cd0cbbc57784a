/**
 * Direct access to the values of tensors in main memory: the heap of tfjs's wasm
 * module, or the arrays of its cpu backend.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

export type Values = Float32Array;
type Shape = readonly number[];

/** Fills new tensors of the given shapes from the values of others. The views are invalid afterwards. */
export function computeOnHost<Outputs extends tf.Tensor[]>(
	shapes: { readonly [I in keyof Outputs]: Shape },
	inputs: readonly tf.Tensor[],
	compute: (outputs: Values[], inputs: Values[]) => void
): Outputs {
	if (tf.getBackend() !== 'wasm') {
		const outputs = shapes.map((shape) => new Float32Array(tf.util.sizeFromShape([...shape])));
		const given = inputs.map((tensor) => tensor.dataSync<'float32'>());
		compute(outputs, given);
		return outputs.map((values, i) => tf.tensor(values, [...shapes[i]], 'float32')) as Outputs;
	}
	const backend = tf.backend() as BackendWasm;
	// Allocate outputs first: an allocation may grow the heap and detach all views.
	const outputs = shapes.map((shape) => backend.makeOutput([...shape], 'float32'));
	// Only the threaded module's type declares the heap, but every module has one.
	const { buffer } = (backend.wasm as unknown as { HEAPU8: Uint8Array }).HEAPU8;
	const view = ({ dataId, shape }: tf.TensorInfo) => {
		const { memoryOffset } = backend.dataIdMap.get(dataId);
		return new Float32Array(buffer, memoryOffset, tf.util.sizeFromShape(shape));
	};
	compute(outputs.map(view), inputs.map(view));
	return outputs.map((output) => tf.engine().makeTensorFromTensorInfo(output)) as Outputs;
}

/** Like `computeOnHost`, for a single new tensor. */
export const fillOnHost = <T extends tf.Tensor>(
	shape: Shape,
	inputs: readonly tf.Tensor[],
	compute: (out: Values, ...inputs: Values[]) => void
): T => computeOnHost<[T]>([shape], inputs, ([out], values) => compute(out, ...values))[0];
