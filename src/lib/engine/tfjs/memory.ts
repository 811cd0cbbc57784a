/**
 * Direct access to the values of tensors that lie in the processor's memory: the heap of tfjs's wasm
 * module, or the arrays of its cpu backend.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

export type Values = Float32Array;

/** Fills new tensors of the given shapes from the values of others. The views are void afterwards. */
export function computeOnHost(
	shapes: readonly (readonly number[])[],
	inputs: readonly tf.Tensor[],
	compute: (outputs: Values[], inputs: Values[]) => void
): tf.Tensor[] {
	return tf.getBackend() === 'wasm'
		? computeInHeap(shapes, inputs, compute)
		: computeInArrays(shapes, inputs, compute);
}

function computeInHeap(
	shapes: readonly (readonly number[])[],
	inputs: readonly tf.Tensor[],
	compute: (outputs: Values[], inputs: Values[]) => void
): tf.Tensor[] {
	const backend = tf.backend() as BackendWasm;
	// Outputs first: an allocation may grow the heap and detach every view of it.
	const outputs = shapes.map((shape) => backend.makeOutput([...shape], 'float32'));
	// Only the threaded module's type declares its heap; all have one.
	const { buffer } = (backend.wasm as unknown as { HEAPU8: Uint8Array }).HEAPU8;
	const view = (tensor: tf.TensorInfo) =>
		new Float32Array(
			buffer,
			backend.dataIdMap.get(tensor.dataId).memoryOffset,
			tf.util.sizeFromShape(tensor.shape)
		);
	compute(outputs.map(view), inputs.map(view));
	return outputs.map((output) => tf.engine().makeTensorFromTensorInfo(output));
}

function computeInArrays(
	shapes: readonly (readonly number[])[],
	inputs: readonly tf.Tensor[],
	compute: (outputs: Values[], inputs: Values[]) => void
): tf.Tensor[] {
	const outputs = shapes.map((shape) => new Float32Array(tf.util.sizeFromShape([...shape])));
	compute(
		outputs,
		inputs.map((tensor) => tensor.dataSync<'float32'>())
	);
	return outputs.map((values, i) => tf.tensor(values, [...shapes[i]], 'float32'));
}
