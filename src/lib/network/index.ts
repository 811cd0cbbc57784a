/** Networks: their descriptions, everything derived from them, and the families. No DOM, no tfjs. */
export * from './description';
export {
	ACTIVATIONS,
	LEAKY_SLOPE,
	NORMS,
	OPS,
	type Activation,
	type Norm,
	type OpType,
	type Shape
} from './ops';
export * from './analyse';
export * from './families/cifar';
export * from './families/alexnet';
export * from './families/vgg';
export * from './families/googlenet';
export * from './families/resnet';
export * from './lesion';
export * from './families/names';
export * from './parts';
export * from './paths';
export * from './families/published';
export * from './receptive';
export * from './surgery';
