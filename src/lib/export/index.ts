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
export { readWeights, type WeightsFile } from './reading/read';
export { checkFit, fitWeights, readInto, type Fit } from './reading/fit';
export { examineWeights, type WeightsReport } from './reading/examine';
