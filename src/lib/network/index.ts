/** Networks: their descriptions, everything derived from them, and the families. No DOM, no tfjs. */
export * from './description';
export {
	ACTIVATIONS,
	LEAKY_SLOPE,
	NORMS,
	OPS,
	type Activation,
	type Norm,
	type Operation,
	type OpType,
	type Shape
} from './ops';
export * from './analyse';
export {
	CIFAR_BOUNDS,
	CIFAR_CLASSES,
	CIFAR_DEFAULTS,
	MAX_DROPOUT,
	cifarName,
	cifarNetwork,
	isCifarDepth,
	type CifarOptions
} from './families/cifar';
export {
	OptionError,
	type OptionProblem,
	type Spelling,
	type Value as SpellingValue
} from './families/family';
export * from './families/names';
export {
	FAMILIES,
	isMini,
	isMiniName,
	MINI_NAMES,
	networkOf,
	type FamilyName,
	type FamilyOptions,
	type MiniName,
	type NetworkSpec
} from './families/table';
export { beginnings, CLASSIFIER, counterparts } from './growth';
export * from './lesion';
export * from './parts';
export * from './paths';
export * from './families/published';
export * from './receptive';
export * from './surgery';
