/** Networks of every family as Keras code: each states itself as its paper does. */
import { networkOf, type NetworkSpec, type ResNetOptions } from '$lib/network';
import {
	countsOf,
	filled,
	functionName,
	indent,
	lines,
	RESNET_BLOCKS,
	type Lines
} from '../python';
import { kerasCifarModel } from './cifar';
import alexnet from './files/alexnet.py?raw';
import alexnet2012 from './files/alexnet_2012.py?raw';
import googlenet from './files/googlenet.py?raw';
import vgg from './files/vgg.py?raw';
import { drawFunction, HE, normalisation, paddedConvolution, SUBSAMPLE } from './parts';

/**
 * The text of a module with one network of any family.
 * @param spec see `parseName`
 */
export function kerasNetwork(spec: NetworkSpec): string {
	const name = functionName(spec);
	switch (spec.family) {
		case 'cifar':
			return kerasCifarModel([{ name, options: spec.options }]);
		case 'resnet':
			return resNetModel(name, spec.options);
		case 'vgg':
			return filled(vgg, spec);
		case 'alexnet':
			return filled(spec.towers === 2 ? alexnet2012 : alexnet, spec);
		case 'googlenet':
			return filled(googlenet, spec);
	}
}

function resNetModel(name: string, options: ResNetOptions): string {
	const { depth, shortcut, order } = options;
	const bottleneck = depth >= 50;
	const pre = order === 'pre';
	const build = shortcut === 'none' ? 'plain_net' : 'resnet';
	return (
		lines(
			`"""${name}, He et al. ${pre ? '2016 (Identity Mappings in Deep Residual Networks)' : '2015 (Deep Residual Learning for Image Recognition, Table 1)'}."""`,
			'',
			'import keras',
			`from keras import layers${shortcut === 'A' ? ', ops' : ''}`,
			'',
			'',
			drawFunction(HE),
			'',
			'',
			paddedConvolution('use_bias=False, ', HE[0], ''),
			'',
			'',
			normalisation(false),
			'',
			'',
			'def relu(x):',
			indent(['return layers.Activation("relu")(x)']),
			shortcut === 'A' ? ['', '', SUBSAMPLE] : [],
			'',
			'',
			'def block(x, width, stride, name):',
			indent([
				bottleneck
					? '"""1x1 to fewer channels, 3x3, and 1x1 back, with a shortcut past the three."""'
					: shortcut === 'none'
						? '"""Two 3x3 convolutions."""'
						: '"""Two 3x3 convolutions, with a shortcut past them."""',
				...blockLines(options, bottleneck)
			]),
			'',
			'',
			`def ${build}(name, blocks, classes=1000):`,
			indent([
				'inputs = keras.Input((224, 224, 3))',
				'x = relu(norm(conv(inputs, 64, 7, 2, "stem"), "stem_norm"))',
				'# Zeros do not stand out: after the ReLU nothing is less.',
				'x = layers.MaxPooling2D(3, 2)(layers.ZeroPadding2D(1)(x))',
				'number = 0',
				'for stage, count in enumerate(blocks):',
				indent([
					'for i in range(count):',
					indent([
						'stride = 2 if stage > 0 and i == 0 else 1',
						'x = block(x, 64 * 2**stage, stride, f"blocks.{number}")',
						'number += 1'
					])
				]),
				pre && 'x = relu(norm(x, "head_norm"))',
				'x = layers.GlobalAveragePooling2D()(x)',
				'outputs = layers.Dense(classes, name="dense")(x)',
				'return keras.Model(inputs, outputs, name=name)'
			]),
			'',
			'',
			`def ${name}():`,
			indent([
				`"""${countsOf(networkOf({ family: 'resnet', options }))}"""`,
				`return ${build}("${name}", ${RESNET_BLOCKS[depth]})`
			]),
			'',
			'',
			`NETWORKS = {"${name}": ${name}}`
		) + '\n'
	);
}

function blockLines({ shortcut, stride, order }: ResNetOptions, bottleneck: boolean): Lines[] {
	const pre = order === 'pre';
	const out = bottleneck ? '4 * width' : 'width';
	const parts = bottleneck
		? [
				['width', 1, stride === '1x1' ? 'stride' : '1'],
				['width', 3, stride === '3x3' ? 'stride' : '1'],
				['4 * width', 1, '1']
			]
		: [
				['width', 3, 'stride'],
				['width', 3, '1']
			];
	const convs = parts.flatMap(([channels, kernel, step], i) => {
		const from = i === 0 ? (pre ? 'a' : 'x') : 'y';
		const conv = `y = conv(${from}, ${channels}, ${kernel}, ${step}, f"{name}.conv${i + 1}")`;
		const normed = `norm(y, f"{name}.norm${i + (pre ? 2 : 1)}")`;
		const isLast = i === parts.length - 1;
		if (pre) return isLast ? [conv] : [conv, `y = relu(${normed})`];
		return [conv, isLast ? `y = ${normed}` : `y = relu(${normed})`];
	});
	const conv = `conv(${pre ? 'a' : 'x'}, ${out}, 1, stride, f"{name}.shortcut.0")`;
	const projection = pre ? `x = ${conv}` : `x = norm(${conv}, f"{name}.shortcut.1")`;
	const carried: Lines[] =
		shortcut === 'none'
			? []
			: shortcut === 'C'
				? [projection]
				: [
						`if stride != 1 or x.shape[-1] != ${out}:`,
						indent([shortcut === 'A' ? `x = subsample(x, stride, ${out})` : projection])
					];
	const sum = shortcut === 'none' ? 'y' : 'layers.Add()([y, x])';
	return [
		pre && 'a = relu(norm(x, f"{name}.norm1"))',
		...convs,
		...carried,
		pre ? `return ${sum}` : `return relu(${sum})`
	];
}
