/** Members of the CIFAR family as Keras code: one module that holds what these networks use, and no more. */
import { cifarNetwork, type CifarOptions, type Initialisation } from '$lib/network';
import { familyDoc, registry, usesOf, type NamedNetwork, type Uses } from '../cifarUses';
import { calling, countsOf, indent, lines, type Lines } from '../python';
import {
	drawFunction,
	HE,
	normalisation,
	paddedConvolution,
	SUBSAMPLE,
	type WeightDraw
} from './parts';

const ACTIVATIONS = {
	relu: ['relu', 'layers.Activation("relu")'],
	'leaky-relu': ['leaky_relu', 'layers.LeakyReLU(negative_slope=0.01)'],
	tanh: ['tanh', 'layers.Activation("tanh")'],
	sigmoid: ['sigmoid', 'layers.Activation("sigmoid")']
} as const;

const DRAWS: Record<Exclude<Initialisation, 'zero-residual'>, WeightDraw> = {
	he: HE,
	'twice-he': [
		'twice_he',
		'Twice as wide as He et al. 2015: too wide on purpose.',
		'VarianceScaling(8.0, "fan_in", "untruncated_normal")'
	],
	xavier: [
		'xavier',
		'Glorot and Bengio 2010: variance 2 / (fan-in + fan-out).',
		'VarianceScaling(1.0, "fan_avg", "untruncated_normal")'
	],
	'small-normal': [
		'small_normal',
		'Normal with a standard deviation of 0.01.',
		'RandomNormal(stddev=0.01)'
	]
};
/** Of a kind: its weights are He's, but for those with which a residual branch ends. */
const drawsOf = (kind: Initialisation) => DRAWS[kind === 'zero-residual' ? 'he' : kind];

/** The text of `model.py`. */
export function kerasCifarModel(networks: readonly NamedNetwork[]): string {
	const uses = usesOf(networks);
	const draws = [...new Set([...uses.initialisations].map(drawsOf))];
	return (
		lines(
			...familyDoc(networks),
			'',
			'import keras',
			`from keras import layers${uses.shortcuts.has('A') ? ', ops' : ''}`,
			draws.map((draw) => ['', '', drawFunction(draw)]),
			[...uses.activations].map((kind) => [
				'',
				'',
				`def ${ACTIVATIONS[kind][0]}(x):`,
				indent([`return ${ACTIVATIONS[kind][1]}(x)`])
			]),
			uses.norm === 'none' ? [] : ['', '', normalisation(zeroed(uses) !== 'none')],
			'',
			'',
			convolution(uses, draws[0][0]),
			uses.shortcuts.has('A') ? ['', '', SUBSAMPLE] : [],
			'',
			'',
			block(uses),
			'',
			'',
			network(uses, draws[0][0]),
			networks.map((each) => ['', '', builder(each, uses)]),
			'',
			'',
			...registry(networks)
		) + '\n'
	);
}

const several = ({ initialisations }: Uses) => new Set([...initialisations].map(drawsOf)).size > 1;

/** Whether some networks start with residual branches of zeros: all of them, some or none. */
const zeroed = ({ initialisations }: Uses) =>
	!initialisations.has('zero-residual') ? 'none' : initialisations.size > 1 ? 'some' : 'all';

/** What a block and a network take besides their sizes. */
const passed = (uses: Uses): string[] => [
	...(uses.shortcuts.size > 1 ? ['shortcut'] : []),
	...(uses.norm === 'some' ? ['batch_norm'] : []),
	...(uses.activation === null ? ['activation'] : []),
	...(uses.order === 'both' ? ['order'] : []),
	...(several(uses) ? ['draw'] : []),
	...(zeroed(uses) === 'some' ? ['zero'] : []),
	...(uses.gated ? ['gate'] : [])
];
const isResidual = ({ shortcuts }: Uses) => [...shortcuts].some((each) => each !== 'none');

function convolution(uses: Uses, draw: string): string {
	const { norm } = uses;
	const bias = { all: 'use_bias=False, ', none: '', some: 'use_bias=not batch_norm, ' }[norm];
	const chosen = several(uses) || zeroed(uses) !== 'none';
	const more = `${norm === 'some' ? ', batch_norm' : ''}${chosen ? `, draw=${draw}` : ''}`;
	return paddedConvolution(bias, chosen ? 'draw' : draw, more);
}

/** Calls of the module's own functions. */
function calls(uses: Uses) {
	const on = uses.norm === 'some' ? ', batch_norm' : '';
	const act = uses.activation === null ? 'activation' : ACTIVATIONS[uses.activation][0];
	const draw = several(uses) ? ', draw=draw' : '';
	const zeroKernel = {
		none: draw,
		all: ', draw=keras.initializers.Zeros',
		some: `, draw=keras.initializers.Zeros if zero else ${several(uses) ? 'draw' : drawsOf('he')[0]}`
	};
	const zeroGamma = {
		none: '',
		all: ', gamma="zeros"',
		some: ', gamma="zeros" if zero else "ones"'
	};
	const sureNorm = (x: string, name: string, last: boolean) =>
		`norm(${x}, ${name}${last ? zeroGamma[zeroed(uses)] : ''})`;
	return {
		act: (x: string) => `${act}(${x})`,
		conv: (
			x: string,
			channels: string,
			kernel: number,
			stride: string,
			name: string,
			last = false
		) =>
			`conv(${x}, ${channels}, ${kernel}, ${stride}, ${name}${on}${last ? zeroKernel[zeroed(uses)] : draw})`,
		/** Where there is normalisation in the network that is built. */
		sureNorm,
		norm: (x: string, name: string, last = false) =>
			`${sureNorm(x, name, last)}${uses.norm === 'some' ? ` if batch_norm else ${x}` : ''}`
	};
}

function block(uses: Uses): string {
	const { order } = uses;
	const bothOrders: Lines[] = ['if order == "pre":', indent(preBlock(uses)), ...postBlock(uses)];
	return lines(
		`def block(${['x', 'channels', 'stride', 'name', ...passed(uses)].join(', ')}):`,
		indent([
			isResidual(uses)
				? '"""Two 3x3 convolutions F, and a shortcut that carries x past them: the block puts out F(x) + x."""'
				: '"""Two 3x3 convolutions."""',
			(uses.shortcuts.has('A') || uses.shortcuts.has('B')) &&
				'changes = stride != 1 or x.shape[-1] != channels',
			...(order === 'both' ? bothOrders : order === 'pre' ? preBlock(uses) : postBlock(uses))
		])
	);
}

function postBlock(uses: Uses): Lines[] {
	const { act, conv, norm, sureNorm } = calls(uses);
	// Without normalisation the residual branch ends with its convolution.
	const ends = uses.norm === 'none';
	const mixed = uses.norm === 'some';
	return [
		`y = ${conv('x', 'channels', 3, 'stride', 'f"{name}.conv1"')}`,
		uses.norm !== 'none' && `y = ${norm('y', 'f"{name}.norm1"')}`,
		`y = ${act('y')}`,
		...(mixed && zeroed(uses) !== 'none'
			? [
					'if batch_norm:',
					indent([
						`y = ${conv('y', 'channels', 3, '1', 'f"{name}.conv2"')}`,
						`y = ${sureNorm('y', 'f"{name}.norm2"', true)}`
					]),
					'else:',
					indent([`y = ${conv('y', 'channels', 3, '1', 'f"{name}.conv2"', true)}`])
				]
			: [
					`y = ${conv('y', 'channels', 3, '1', 'f"{name}.conv2"', ends)}`,
					!ends && `y = ${norm('y', 'f"{name}.norm2"', true)}`
				]),
		...shortcutLines(uses, 'x', true),
		...(!isResidual(uses)
			? []
			: uses.shortcuts.has('none')
				? ['if shortcut is not None:', indent([...gateLines(uses), 'y = layers.Add()([y, x])'])]
				: [...gateLines(uses), 'y = layers.Add()([y, x])']),
		`return ${act('y')}`
	];
}

/** Normalisation and activation before each convolution; only residual networks have it. */
function preBlock(uses: Uses): Lines[] {
	const { act, conv, norm } = calls(uses);
	return [
		uses.norm === 'none' ? `a = ${act('x')}` : `a = ${norm('x', 'f"{name}.norm1"')}`,
		uses.norm !== 'none' && `a = ${act('a')}`,
		`y = ${conv('a', 'channels', 3, 'stride', 'f"{name}.conv1"')}`,
		uses.norm !== 'none' && `y = ${norm('y', 'f"{name}.norm2"')}`,
		`y = ${act('y')}`,
		`y = ${conv('y', 'channels', 3, '1', 'f"{name}.conv2"', true)}`,
		...shortcutLines(uses, 'a', false),
		...gateLines(uses),
		'return layers.Add()([y, x])'
	];
}

const gateLines = ({ gated }: Uses): Lines[] =>
	gated ? ['if gate != 1:', indent(['x = layers.Rescaling(gate)(x)'])] : [];

/** Lines that bring x to the size of what it is added to; a projection reads `from`. */
function shortcutLines(uses: Uses, from: string, normed: boolean): Lines[] {
	const { conv, norm } = calls(uses);
	const { shortcuts } = uses;
	const project: Lines[] = [
		`x = ${conv(from, 'channels', 1, 'stride', 'f"{name}.shortcut.0"')}`,
		normed && uses.norm !== 'none' && `x = ${norm('x', 'f"{name}.shortcut.1"')}`
	];
	const branches: [string, Lines[]][] = [];
	const only = (option: CifarOptions['shortcut']) => shortcuts.size === 1 && shortcuts.has(option);
	if (only('C')) return project;
	if (shortcuts.has('C'))
		branches.push([
			shortcuts.has('B') ? 'shortcut == "C" or (shortcut == "B" and changes)' : 'shortcut == "C"',
			project
		]);
	else if (shortcuts.has('B'))
		branches.push([only('B') ? 'changes' : 'shortcut == "B" and changes', project]);
	if (shortcuts.has('A'))
		branches.push([
			only('A') ? 'changes' : 'shortcut == "A" and changes',
			['x = subsample(x, stride, channels)']
		]);
	return branches.flatMap(([condition, body], i) => [
		`${i ? 'elif' : 'if'} ${condition}:`,
		indent(body)
	]);
}

function network(uses: Uses, draw: string): string {
	const { act, conv, norm } = calls(uses);
	const { order } = uses;
	const args = [
		...['depth', 'width', 'size', 'image_channels=3', 'classes=10'],
		...(uses.shortcuts.size > 1 ? ['shortcut=None'] : []),
		...(uses.norm === 'some' ? ['batch_norm=True'] : []),
		...(uses.activation === null ? [`activation=${ACTIVATIONS[[...uses.activations][0]][0]}`] : []),
		...(order === 'both' ? ['order="post"'] : []),
		...(uses.dropout ? ['dropout=0.0'] : []),
		...(several(uses) ? [`draw=${draw}`] : []),
		...(zeroed(uses) === 'some' ? ['zero=False'] : []),
		...(uses.gated ? ['gates=None'] : [])
	];
	const sizes = ['x', 'width * 2**stage', 'stride', 'f"blocks.{number}"'];
	const stem = [uses.norm !== 'none' && `x = ${norm('x', '"stem_norm"')}`, `x = ${act('x')}`];
	const head = [uses.norm !== 'none' && `x = ${norm('x', '"head_norm"')}`, `x = ${act('x')}`];
	return lines(
		`def cifar_net(name, ${args.join(', ')}):`,
		indent([
			'inputs = keras.Input((size, size, image_channels))',
			`x = ${conv('inputs', 'width', 3, '1', '"stem"')}`,
			...(order === 'post' ? stem : order === 'both' ? ['if order == "post":', indent(stem)] : []),
			'number = 0',
			'for stage in range(3):',
			indent([
				'for i in range((depth - 2) // 6):',
				indent([
					'stride = 2 if stage > 0 and i == 0 else 1',
					uses.gated && 'gate = gates[number] if gates else 1',
					`x = block(${[...sizes, ...passed(uses)].join(', ')})`,
					'number += 1'
				])
			]),
			...(order === 'pre' ? head : order === 'both' ? ['if order == "pre":', indent(head)] : []),
			'x = layers.GlobalAveragePooling2D()(x)',
			uses.dropout && 'x = layers.Dropout(dropout)(x)',
			`outputs = layers.Dense(classes, kernel_initializer=${several(uses) ? 'draw' : draw}(), name="dense")(x)`,
			'return keras.Model(inputs, outputs, name=name)'
		])
	);
}

function builder({ name, options, gates }: NamedNetwork, uses: Uses): string {
	const { initialisation: init } = options;
	const args = [
		`"${name}"`,
		`depth=${options.depth}`,
		`width=${options.width}`,
		`size=${options.size}`,
		...(options.channels === 3 ? [] : [`image_channels=${options.channels}`]),
		...(options.classes ? [`classes=${options.classes}`] : []),
		...(uses.shortcuts.size === 1 || options.shortcut === 'none'
			? []
			: [`shortcut="${options.shortcut}"`]),
		...(uses.norm === 'some' && !options.batchNorm ? ['batch_norm=False'] : []),
		...(uses.activation === null ? [`activation=${ACTIVATIONS[options.activation][0]}`] : []),
		...(uses.order === 'both' && options.order ? ['order="pre"'] : []),
		...(options.dropout ? [`dropout=${options.dropout}`] : []),
		...(several(uses) ? [`draw=${drawsOf(init)[0]}`] : []),
		...(zeroed(uses) === 'some' && init === 'zero-residual' ? ['zero=True'] : []),
		...(gates?.some((gate) => gate !== 1) ? [`gates=[${gates.join(', ')}]`] : [])
	];
	return lines(
		`def ${name}():`,
		indent([
			`"""${countsOf(cifarNetwork(options))}"""`,
			...calling(`return cifar_net(${args.join(', ')})`)
		])
	);
}
