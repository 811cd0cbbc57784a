/** Experiments and networks as other programs have them. */
export * from './pytorch/project';
export * from './pytorch/zip';
export * from './pytorch/networkProject';
export * from './keras/project';
export { kerasNetwork } from './keras/network';
export * from './onnx/model';
export { drawnOnnx } from './onnx/drawn';
export { titlesOf } from './lanes';
export * from './safetensors';
export * from './weights';
