/** Experiments and networks as other programs have them. */
export * from './pytorch/project';
export * from './safetensors';
export * from './weights';
export * from './pytorch/zip';
export { pytorchNetwork } from './pytorch/imagenet';
