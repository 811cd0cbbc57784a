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
