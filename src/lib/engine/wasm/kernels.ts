/**
 * The kernels of `assembly/` as functions of named arguments: what stays the same is laid out once, when a plan is bound to
 * memory, and a call says only what changes. `kernels.test.ts` compares the names with the sources.
 */

/** Parameters for walking over a feature map; `image` and `row` are distances in bytes. */
const MAP = 'channels images rows columns image row';
const CONVOLUTION =
	'channelsIn channelsOut images rows columns xImage xRow xColumn yImage yRow yColumn';
/** Parameters for sums over slices of the batch. */
const SLICES = 'number slices slice dwSlice';
const WINDOWS = 'max kernelRows kernelColumns stride padding height width xImage xRow';
/** Parameters for walking over the pixels that a dense layer reads. */
const PIXELS = 'rows columns xImage xRow xPixel yImage';

/** Names of each kernel's parameters, in order; `division.ts` says which kernels several threads can share. */
export const PARAMETERS = {
	conv: `x y weights taps tapCount ${CONVOLUTION} accumulate`,
	convKernelGrad: `x dy dw taps tapCount ${CONVOLUTION} ${SLICES} accumulate`,
	packKernel: 'source packed order tapCount groups groupIn groupOut pitch transposed',
	unpadKernel: 'padded kernel tapCount groups groupIn groupOut pitch',
	winograd: `x y weights scratch scratchBytes tiles ${CONVOLUTION} accumulate`,
	winogradKernelGrad: `x dy dw scratch scratchBytes tiles ${CONVOLUTION} ${SLICES}`,
	packWinograd: 'source packed scratch channelsIn channelsOut transposed',
	widen: 'from start size to rows length fromRow toRow',
	channelSums: `y centre sums sumsImage ${MAP}`,
	addSums: 'sums channels images',
	addSlices: 'sums slices sliceBytes',
	combine: `y z centre factor shift activation ${MAP} shortcut gate sChannels sImage sRow sColumn`,
	clearPadding: `z real ${MAP}`,
	combineGradSums: `dz z y centre sums products sumsImage activation ${MAP}`,
	combineGrad: `dz z y dy centre factor offset slope activation ${MAP} accumulate keep gate`,
	subsampleGrad:
		'small large channels stride images rows columns smallImage smallRow smallColumn largeImage largeRow largeColumn',
	mapSums: `z sums ${MAP}`,
	deadChannels: `z real ${MAP}`,
	histogram: `z counts countsBytes real ${MAP}`,
	pool: `x z ${WINDOWS} ${MAP}`,
	poolGrad: `dz x z dx ${WINDOWS} ${MAP}`,
	lrn: `x z scratch scratchBytes size alpha beta k ${MAP}`,
	lrnGrad: `dz x dx scratch scratchBytes size alpha beta k ${MAP} accumulate`,
	clear: `z ${MAP}`,
	copyChannels:
		'from to count padding images rows columns fromImage fromRow fromPixel toImage toRow toPixel accumulate',
	multiply: `a b z offset factor bImage bRow bPixel ${MAP} accumulate`,
	multiplySums: `a b z factor zImage ${MAP} accumulate`,
	scale: `x z factor ${MAP} accumulate`,
	mapProduct: `a b sums ${MAP}`,
	drop: `x z key threshold factor perImage real number ${MAP} accumulate`,
	dense: `x kernel bias y images inputs outputs padding ${PIXELS}`,
	denseKernelGrad: `x dy dKernel dBias images inputs outputs ${PIXELS}`,
	denseInputGrad: `dy kernel dx images inputs outputs padding ${PIXELS} accumulate`,
	crossEntropy: 'logits labels dLogits results images classes weight',
	update: 'w v s g count optimiser learningRate momentum weightDecay correction factor',
	norm: 'x count'
} as const;

type Words<Text extends string> = Text extends `${infer First} ${infer Rest}`
	? First | Words<Rest>
	: Text;

export type KernelName = keyof typeof PARAMETERS;
export type KernelParameter<Name extends KernelName> = Words<(typeof PARAMETERS)[Name]>;

/** The kernels as the module exports them. */
export type Kernels = Record<KernelName, (...values: number[]) => number>;

/** A kernel with some arguments bound; a call passes the others and returns the kernel's result. */
export type BoundKernel<Name extends KernelName, Given extends string> = (
	...rest: [Exclude<KernelParameter<Name>, Given>] extends [never]
		? []
		: [{ readonly [P in Exclude<KernelParameter<Name>, Given>]: number }]
) => number;

/** Binds the arguments of a kernel that stay constant. */
export function bindKernel<Name extends KernelName, Given extends KernelParameter<Name>>(
	kernels: Kernels,
	name: Name,
	given: { readonly [P in Given]: number }
): BoundKernel<Name, Given> {
	const kernel = kernels[name];
	const fixed: Readonly<Record<string, number>> = given;
	const names = PARAMETERS[name].split(' ');
	// Initialise all values to numbers, which JavaScript engines handle faster.
	const values = names.map((parameter) => fixed[parameter] ?? 0);
	const open = names.filter((parameter) => !(parameter in fixed));
	const places = open.map((parameter) => names.indexOf(parameter));
	return (rest?: Readonly<Record<string, number>>) => {
		if (rest) for (let i = 0; i < open.length; i++) values[places[i]] = rest[open[i]];
		return kernel(...values);
	};
}
