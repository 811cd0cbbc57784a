/** Members of the CIFAR family as PyTorch code: one module that holds what these networks use, and no more. */
import { cifarNetwork, type CifarOptions } from '$lib/network';
import { familyDoc, registry, usesOf, type NamedNetwork, type Uses } from '../cifarUses';
import { assign, countsOf, indent, lines, quoted } from '../python';
import { SUBSAMPLE } from './parts';

const ACTIVATIONS = {
	relu: 'torch.relu',
	'leaky-relu': 'leaky_relu',
	tanh: 'torch.tanh',
	sigmoid: 'torch.sigmoid'
} as const;

/** The text of `model.py`. */
export function cifarModel(networks: readonly NamedNetwork[]): string {
	const uses = usesOf(networks);
	const residual = [...uses.shortcuts].some((shortcut) => shortcut !== 'none');
	const padded = uses.shortcuts.has('A');
	return (
		lines(
			...familyDoc(networks),
			'',
			'import torch',
			'from torch import nn',
			(padded || uses.activations.has('leaky-relu')) && 'from torch.nn import functional as F',
			'',
			uses.activations.has('leaky-relu') && [
				'',
				'def leaky_relu(x):',
				indent(['return F.leaky_relu(x, 0.01)']),
				''
			],
			padded && ['', SUBSAMPLE, ''],
			'',
			block(uses, residual),
			'',
			'',
			network(uses, residual),
			'',
			'',
			initialise(uses),
			...networks.flatMap((each) => ['', '', builder(each, uses)]),
			'',
			'',
			...registry(networks)
		) + '\n'
	);
}

/** Arguments that a block takes from its network. */
const passed = (uses: Uses, residual: boolean): string[] => [
	...(residual ? ['shortcut'] : []),
	...(uses.norm === 'some' ? ['norm'] : []),
	...(uses.activation === null ? ['activation'] : []),
	...(uses.order === 'both' ? ['order'] : [])
];

const activationOf = (uses: Uses) =>
	uses.activation === null ? 'self.activation' : ACTIVATIONS[uses.activation];

const normOf = (uses: Uses, channels: string) =>
	uses.norm === 'some'
		? `nn.BatchNorm2d(${channels}) if norm else nn.Identity()`
		: `nn.BatchNorm2d(${channels})`;

/** Convolutions before a normalisation need no bias. */
const biasOf = (uses: Uses) =>
	uses.norm === 'some' ? ', bias=not norm' : uses.norm === 'all' ? ', bias=False' : '';

function block(uses: Uses, residual: boolean): string {
	const act = activationOf(uses);
	const bias = biasOf(uses);
	const withNorm = uses.norm !== 'none';
	const normed = (name: string, x: string) => (withNorm ? `self.${name}(${x})` : x);
	const { order } = uses;
	const firstNorm =
		order === 'post'
			? 'channels'
			: order === 'pre'
				? 'channels_in'
				: 'channels_in if order == "pre" else channels';
	const projects = uses.shortcuts.has('B') || uses.shortcuts.has('C');
	const post = [
		`y = ${act}(${normed('norm1', 'self.conv1(x)')})`,
		`y = ${normed('norm2', 'self.conv2(y)')}`,
		residual &&
			(uses.shortcuts.has('none')
				? ['if self.shortcut is not None:', indent(['y = y + self.gate * self.shortcut(x)'])]
				: 'y = y + self.gate * self.shortcut(x)'),
		`return ${act}(y)`
	];
	const carried = projects ? 'self.shortcut(a if self.projects else x)' : 'self.shortcut(x)';
	const pre = [
		`a = ${act}(${normed('norm1', 'x')})`,
		`y = self.conv2(${act}(${normed('norm2', 'self.conv1(a)')}))`,
		`return y + self.gate * ${carried}`
	];
	return lines(
		'class Block(nn.Module):',
		indent([
			residual
				? '"""Two 3x3 convolutions F, and a shortcut that carries x past them: the block puts out F(x) + x."""'
				: '"""Two 3x3 convolutions."""',
			'',
			`def __init__(self, ${['channels_in', 'channels', 'stride', ...passed(uses, residual)].join(', ')}):`,
			indent([
				'super().__init__()',
				`self.conv1 = nn.Conv2d(channels_in, channels, 3, stride, padding=1${bias})`,
				withNorm && `self.norm1 = ${normOf(uses, firstNorm)}`,
				`self.conv2 = nn.Conv2d(channels, channels, 3, padding=1${bias})`,
				withNorm && `self.norm2 = ${normOf(uses, 'channels')}`,
				uses.activation === null && 'self.activation = activation',
				order === 'both' && 'self.order = order',
				residual && shortcutLines(uses, projects)
			]),
			'',
			'def forward(self, x):',
			indent(
				order === 'post'
					? post
					: order === 'pre'
						? pre
						: ['if self.order == "pre":', indent(pre), ...post]
			)
		])
	);
}

function shortcutLines(uses: Uses, projects: boolean): (string | false | (string | false)[])[] {
	const { shortcuts, order } = uses;
	const bias = biasOf(uses);
	const projected = (): string[] => {
		const conv = `nn.Conv2d(channels_in, channels, 1, stride${bias})`;
		if (uses.norm === 'none' || order === 'pre') return [`self.shortcut = nn.Sequential(${conv})`];
		const norm = normOf(uses, 'channels');
		if (order === 'both')
			return [
				`parts = [${conv}]`,
				'if order == "post":',
				`    parts.append(${norm})`,
				'self.shortcut = nn.Sequential(*parts)'
			];
		return ['self.shortcut = nn.Sequential(', `    ${conv},`, `    ${norm},`, ')'];
	};
	const result: (string | false | (string | false)[])[] = [
		'# 1 while the shortcut is whole, 0 where it is cut.',
		'self.gate = 1.0',
		'changes = stride != 1 or channels_in != channels'
	];
	const branches: [string, string[]][] = [];
	if (shortcuts.has('none')) branches.push(['shortcut is None', ['self.shortcut = None']]);
	if (shortcuts.has('C')) branches.push(['shortcut == "C"', projected()]);
	if (shortcuts.has('B')) branches.push(['shortcut == "B" and changes', projected()]);
	if (shortcuts.has('A'))
		branches.push([
			shortcuts.has('B') ? 'shortcut == "A" and changes' : 'changes',
			['self.shortcut = Subsample(stride, channels - channels_in)']
		]);
	branches.forEach(([condition, body], i) => {
		result.push(`${i ? 'elif' : 'if'} ${condition}:`, indent(body));
	});
	result.push('else:', indent(['self.shortcut = nn.Identity()']));
	if (projects && order !== 'post')
		result.push('self.projects = isinstance(self.shortcut, nn.Sequential)');
	return result;
}

function network(uses: Uses, residual: boolean): string {
	const act = activationOf(uses);
	const withNorm = uses.norm !== 'none';
	const { order } = uses;
	const args = [
		'depth',
		'width',
		'image_channels=3',
		'classes=10',
		...(residual ? ['shortcut=None'] : []),
		...(uses.norm === 'some' ? ['norm=True'] : []),
		...(uses.activation === null ? ['activation=torch.relu'] : []),
		...(order === 'both' ? ['order="post"'] : []),
		...(uses.dropout ? ['dropout=0.0'] : [])
	];
	const rest = passed(uses, residual);
	const stem = withNorm ? 'self.stem_norm(self.stem(x))' : 'self.stem(x)';
	const head = withNorm ? 'self.head_norm(x)' : 'x';
	return lines(
		'class CifarNet(nn.Module):',
		indent([
			`def __init__(self, ${args.join(', ')}):`,
			indent([
				'super().__init__()',
				uses.activation === null && 'self.activation = activation',
				order === 'both' && 'self.order = order',
				`self.stem = nn.Conv2d(image_channels, width, 3, padding=1${biasOf(uses)})`,
				withNorm && order === 'post' && `self.stem_norm = ${normOf(uses, 'width')}`,
				withNorm &&
					order === 'both' && [
						'if order == "post":',
						indent([`self.stem_norm = ${normOf(uses, 'width')}`])
					],
				'blocks = []',
				'channels = width',
				'for stage in range(3):',
				indent([
					'for i in range((depth - 2) // 6):',
					indent([
						'stride = 2 if stage > 0 and i == 0 else 1',
						`blocks.append(Block(${['channels', 'width * 2**stage', 'stride', ...rest].join(', ')}))`,
						'channels = width * 2**stage'
					])
				]),
				'self.blocks = nn.Sequential(*blocks)',
				withNorm && order === 'pre' && `self.head_norm = ${normOf(uses, 'channels')}`,
				withNorm &&
					order === 'both' && [
						'if order == "pre":',
						indent([`self.head_norm = ${normOf(uses, 'channels')}`])
					],
				uses.dropout && 'self.dropout = nn.Dropout(dropout)',
				'self.dense = nn.Linear(channels, classes)'
			]),
			'',
			'def forward(self, x):',
			indent([
				order === 'post' && `x = ${act}(${stem})`,
				order === 'pre' && 'x = self.stem(x)',
				order === 'both' && [
					'x = self.stem(x)',
					'if self.order == "post":',
					indent([`x = ${act}(${withNorm ? 'self.stem_norm(x)' : 'x'})`])
				],
				'x = self.blocks(x)',
				order === 'pre' && `x = ${act}(${head})`,
				order === 'both' && ['if self.order == "pre":', indent([`x = ${act}(${head})`])],
				'x = x.mean((2, 3))',
				uses.dropout && 'x = self.dropout(x)',
				'return self.dense(x)'
			])
		])
	);
}

function initialise(uses: Uses): string {
	const kinds = uses.initialisations;
	const draw = (kind: CifarOptions['initialisation']): string[] =>
		({
			he: ['nn.init.kaiming_normal_(module.weight)'],
			'zero-residual': ['nn.init.kaiming_normal_(module.weight)'],
			'twice-he': ['nn.init.kaiming_normal_(module.weight)', 'module.weight.data *= 2'],
			xavier: ['nn.init.xavier_normal_(module.weight)'],
			'small-normal': ['nn.init.normal_(module.weight, std=0.01)']
		})[kind];
	const single = kinds.size === 1 ? [...kinds][0] : null;
	// He's draws serve zero-residual too, whose last weights are set to 0 afterwards.
	const groups = new Map<string, string[]>();
	for (const kind of kinds) {
		const text = draw(kind).join('\n');
		groups.set(text, [...(groups.get(text) ?? []), kind]);
	}
	const choose: (string | string[])[] = [];
	[...groups].forEach(([text, names], i) => {
		const condition =
			names.length === 1
				? `kind == ${quoted(names[0])}`
				: `kind in (${names.map(quoted).join(', ')})`;
		choose.push(
			groups.size > 1 && i === groups.size - 1 ? 'else:' : `${i ? 'elif' : 'if'} ${condition}:`,
			indent(text.split('\n'))
		);
	});
	const last = [`nn.init.zeros_(${lastWeights(uses)}.weight)`];
	return lines(
		`def initialise(network${single ? '' : ', kind'}):`,
		indent([
			...(single
				? [docOf(single)]
				: ['"""Draws the weights in one of the ways of this experiment."""']),
			'for module in network.modules():',
			indent([
				'if isinstance(module, (nn.Conv2d, nn.Linear)):',
				indent([
					...(single ? draw(single) : groups.size === 1 ? draw([...kinds][0]) : choose),
					'if module.bias is not None:',
					indent(['nn.init.zeros_(module.bias)'])
				])
			]),
			...(kinds.has('zero-residual')
				? [
						...(single ? [] : ['if kind == "zero-residual":']),
						...(single
							? ['for block in network.blocks:', indent(last)]
							: [indent(['for block in network.blocks:', indent(last)])])
					]
				: []),
			'return network'
		])
	);
}

/** With what a residual branch ends: the normalisation after its second convolution, where there is one. */
function lastWeights({ norm, order }: Uses): string {
	if (norm === 'none' || order === 'pre') return 'block.conv2';
	const normed = norm === 'some' ? 'isinstance(block.norm2, nn.BatchNorm2d)' : '';
	const post = order === 'both' ? 'block.order == "post"' : '';
	const condition = [post, normed].filter(Boolean).join(' and ');
	return condition ? `(block.norm2 if ${condition} else block.conv2)` : 'block.norm2';
}

const docOf = (kind: CifarOptions['initialisation']) =>
	({
		he: '"""He et al. 2015, Delving Deep into Rectifiers: variance 2 / fan-in."""',
		'twice-he': '"""Twice as wide as He et al. 2015: too wide on purpose."""',
		xavier: '"""Glorot and Bengio 2010: variance 2 / (fan-in + fan-out)."""',
		'small-normal': '"""Normal with a standard deviation of 0.01."""',
		'zero-residual':
			'"""He et al. 2015, but every residual branch ends with zeros: blocks start as the identity."""'
	})[kind];

function builder({ name, options }: NamedNetwork, uses: Uses): string {
	const { channels } = options;
	const args = [
		`depth=${options.depth}`,
		`width=${options.width}`,
		...(channels === 3 ? [] : [`image_channels=${channels}`]),
		...(options.classes ? [`classes=${options.classes}`] : []),
		...(options.shortcut === 'none' ? [] : [`shortcut="${options.shortcut}"`]),
		...(uses.norm === 'some' && !options.batchNorm ? ['norm=False'] : []),
		...(uses.activation === null ? [`activation=${ACTIVATIONS[options.activation]}`] : []),
		...(uses.order === 'both' && options.order ? ['order="pre"'] : []),
		...(options.dropout ? [`dropout=${options.dropout}`] : [])
	];
	const kind = uses.initialisations.size > 1 ? `, ${quoted(options.initialisation)}` : '';
	return lines(
		`def ${name}():`,
		indent([
			`"""${countsOf(cifarNetwork(options))}"""`,
			...assign('network', `CifarNet(${args.join(', ')})`),
			`return initialise(network${kind})`
		])
	);
}
