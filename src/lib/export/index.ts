/** Exports experiments and networks to other programs. */
export * from './pytorch/project';
export * from './pytorch/networkProject';
export * from './keras/project';
export * from './zip';
export * from './onnx/model';
export { drawnOnnx } from './onnx/drawn';
export { titlesOf } from './networks';
export * from './safetensors';
export * from './weights';
