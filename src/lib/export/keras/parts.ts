/** Functions that the Keras code of several families has. */
import { indent, lines } from '../python';

/** As PyTorch's and the browser's: Keras's own defaults are 0.99 and 0.001. */
export const normalisation = (withGamma: boolean) =>
	lines(
		`def norm(x, name${withGamma ? ', gamma="ones"' : ''}):`,
		indent(
			withGamma
				? [
						'return layers.BatchNormalization(',
						indent(['momentum=0.9, epsilon=1e-5, gamma_initializer=gamma, name=name']),
						')(x)'
					]
				: ['return layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=name)(x)']
		)
	);

export const SUBSAMPLE = lines(
	'def subsample(x, stride, channels):',
	indent([
		'"""Option A where the shape changes: every other pixel, and zeros for the new channels."""',
		'x = layers.MaxPooling2D(1, stride)(x)',
		'return ops.pad(x, ((0, 0), (0, 0), (0, 0), (0, channels - x.shape[-1])))'
	])
);

/**
 * @param bias an argument of Conv2D with its comma, or nothing
 * @param draw the function that draws weights
 * @param more arguments of its own, each after a comma
 */
export const paddedConvolution = (bias: string, draw: string, more: string) =>
	lines(
		`def conv(x, channels, kernel, stride, name${more}):`,
		indent([
			'# Zeros on all four sides; "same" would put them on two sides alone where the stride is 2.',
			'if kernel > 1:',
			indent(['x = layers.ZeroPadding2D(kernel // 2)(x)']),
			'return layers.Conv2D(',
			indent([`channels, kernel, stride, ${bias}kernel_initializer=${draw}(), name=name`]),
			')(x)'
		])
	);

/** Functions that draw weights: name, what it says, what it returns. */
export type WeightDraw = readonly [name: string, doc: string, value: string];

export const HE: WeightDraw = [
	'he',
	'He et al. 2015, Delving Deep into Rectifiers: variance 2 / fan-in. Keras\'s "he_normal" cuts the tails.',
	'VarianceScaling(2.0, "fan_in", "untruncated_normal")'
];

export const drawFunction = ([name, doc, value]: WeightDraw) =>
	lines(`def ${name}():`, indent([`"""${doc}"""`, `return keras.initializers.${value}`]));
