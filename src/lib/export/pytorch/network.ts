/** Networks of every family as PyTorch code: each states itself as its paper does. */
import { networkOf, type NetworkSpec, type ResNetOptions } from '$lib/network';
import { cifarModel } from './cifar';
import {
	countsOf,
	filled,
	functionName,
	indent,
	lines,
	RESNET_BLOCKS,
	type Lines
} from '../python';
import alexnet from './files/alexnet.py?raw';
import alexnet2012 from './files/alexnet_2012.py?raw';
import googlenet from './files/googlenet.py?raw';
import vgg from './files/vgg.py?raw';
import { SUBSAMPLE } from './parts';

/**
 * The text of a module with one network of any family.
 * @param spec see `parseName`
 */
export function pytorchNetwork(spec: NetworkSpec): string {
	const name = functionName(spec);
	switch (spec.family) {
		case 'cifar':
			return cifarModel([{ name, options: spec.options }]);
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
	const plain = shortcut === 'none';
	const pre = order === 'pre';
	const block = bottleneck ? 'Bottleneck' : 'BasicBlock';
	const out = bottleneck ? '4 * width' : 'width';
	return (
		lines(
			`"""${name}, He et al. ${pre ? '2016 (Identity Mappings in Deep Residual Networks)' : '2015 (Deep Residual Learning for Image Recognition, Table 1)'}."""`,
			'',
			'import torch',
			'from torch import nn',
			shortcut === 'A' && 'from torch.nn import functional as F',
			shortcut === 'A' && ['', '', SUBSAMPLE],
			'',
			'',
			`class ${block}(nn.Module):`,
			indent([
				bottleneck
					? '"""1x1 to fewer channels, 3x3, and 1x1 back, with a shortcut past the three."""'
					: plain
						? '"""Two 3x3 convolutions."""'
						: '"""Two 3x3 convolutions, with a shortcut past them."""',
				'',
				'def __init__(self, channels_in, width, stride):',
				indent([
					'super().__init__()',
					...convolutions(options, bottleneck),
					...(plain ? [] : shortcutOf(options, out))
				]),
				'',
				'def forward(self, x):',
				indent(pre ? forwardPre(options, bottleneck) : forwardPost(plain, bottleneck))
			]),
			'',
			'',
			`class ${plain ? 'PlainNet' : 'ResNet'}(nn.Module):`,
			indent([
				'def __init__(self, blocks, classes=1000):',
				indent([
					'super().__init__()',
					'self.stem = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)',
					'self.stem_norm = nn.BatchNorm2d(64)',
					'self.pool = nn.MaxPool2d(3, stride=2, padding=1)',
					'stages = []',
					'channels = 64',
					'for stage, count in enumerate(blocks):',
					indent([
						'for i in range(count):',
						indent([
							'width = 64 * 2**stage',
							'stride = 2 if stage > 0 and i == 0 else 1',
							`stages.append(${block}(channels, width, stride))`,
							`channels = ${out}`
						])
					]),
					'self.blocks = nn.Sequential(*stages)',
					pre && 'self.head_norm = nn.BatchNorm2d(channels)',
					'self.dense = nn.Linear(channels, classes)',
					'for module in self.modules():',
					indent([
						'if isinstance(module, nn.Conv2d):',
						indent(['nn.init.kaiming_normal_(module.weight)'])
					])
				]),
				'',
				'def forward(self, x):',
				indent([
					'x = self.pool(torch.relu(self.stem_norm(self.stem(x))))',
					'x = self.blocks(x)',
					pre && 'x = torch.relu(self.head_norm(x))',
					'return self.dense(x.mean((2, 3)))'
				])
			]),
			'',
			'',
			`def ${name}():`,
			indent([
				`"""${countsOf(networkOf({ family: 'resnet', options }))}"""`,
				`return ${plain ? 'PlainNet' : 'ResNet'}(${RESNET_BLOCKS[depth]})`
			]),
			'',
			'',
			`NETWORKS = {"${name}": ${name}}`
		) + '\n'
	);
}

function convolutions({ stride, order }: ResNetOptions, bottleneck: boolean): string[] {
	const parts = bottleneck
		? [
				['channels_in', 'width', '1', stride === '1x1' ? ', stride' : ''],
				['width', 'width', '3', stride === '1x1' ? ', padding=1' : ', stride, padding=1'],
				['width', '4 * width', '1', '']
			]
		: [
				['channels_in', 'width', '3', ', stride, padding=1'],
				['width', 'width', '3', ', padding=1']
			];
	return parts.flatMap(([from, to, kernel, rest], i) => {
		const conv = `self.conv${i + 1} = nn.Conv2d(${from}, ${to}, ${kernel}${rest}, bias=False)`;
		const norm = `self.norm${i + 1} = nn.BatchNorm2d(${order === 'pre' ? from : to})`;
		return order === 'pre' ? [norm, conv] : [conv, norm];
	});
}

function shortcutOf({ shortcut, order }: ResNetOptions, out: string): Lines[] {
	const conv = `nn.Conv2d(channels_in, ${out}, 1, stride, bias=False)`;
	const projection =
		order === 'pre'
			? [`self.shortcut = ${conv}`]
			: ['self.shortcut = nn.Sequential(', `    ${conv},`, `    nn.BatchNorm2d(${out}),`, ')'];
	if (shortcut === 'C') return projection;
	return [
		`changes = stride != 1 or channels_in != ${out}`,
		...(order === 'pre' && shortcut === 'B' ? ['self.projects = changes'] : []),
		'if changes:',
		indent(
			shortcut === 'B' ? projection : [`self.shortcut = Subsample(stride, ${out} - channels_in)`]
		),
		'else:',
		indent(['self.shortcut = nn.Identity()'])
	];
}

function forwardPost(plain: boolean, bottleneck: boolean): string[] {
	const last = bottleneck ? 3 : 2;
	return [
		'y = torch.relu(self.norm1(self.conv1(x)))',
		...(bottleneck ? ['y = torch.relu(self.norm2(self.conv2(y)))'] : []),
		`y = self.norm${last}(self.conv${last}(y))`,
		plain ? 'return torch.relu(y)' : 'return torch.relu(y + self.shortcut(x))'
	];
}

function forwardPre({ shortcut }: ResNetOptions, bottleneck: boolean): string[] {
	const carried = { A: 'x', B: 'a if self.projects else x', C: 'a', none: '' }[shortcut];
	return [
		'a = torch.relu(self.norm1(x))',
		'y = self.conv2(torch.relu(self.norm2(self.conv1(a))))',
		...(bottleneck ? ['y = self.conv3(torch.relu(self.norm3(y)))'] : []),
		`return y + self.shortcut(${carried})`
	];
}
