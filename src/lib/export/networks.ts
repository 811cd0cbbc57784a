/** Names of exported networks, and the calls of `model.py` that build them; always in English. */
import type { ImageShape } from '$lib/base/image';
import type { Experiment } from '$lib/lab/experiment/experiment';
import { depthOf, isCifar, laneSpec } from '$lib/lab/experiment/laneNetwork';
import type { Pretraining } from '$lib/lab/experiment/pretraining';
import { entry } from '$lib/base/entry';
import {
	analyse,
	CIFAR_CLASSES,
	formatName,
	networkOf,
	type FamilyName,
	type FamilyOptions,
	type NetworkSpec
} from '$lib/network';
import imagesPy from './files/images.py?raw';
import networksPy from './files/networks.py?raw';

export interface NamedNetwork {
	/** Name such as `residual_20`, also used for its files. */
	readonly name: string;
	readonly spec: NetworkSpec;
	/** One gate per block; all 1 when absent. */
	readonly gates?: readonly number[];
}

/** Titles such as `residual-20`, with a number if two are the same. */
export function titlesOf({ lanes }: Experiment): string[] {
	const titles = lanes.map(({ network }) => {
		const kind = isCifar(network)
			? network.shortcut === 'none'
				? 'plain'
				: 'residual'
			: network.family;
		return `${kind}-${depthOf(network)}`;
	});
	return titles.map((title, i) => (titles.indexOf(title) === i ? title : `${title}_${i + 1}`));
}

/** Says how the browser pre-trains the networks of an experiment; '' if it does not. */
export function pretrainingText({ lanes }: Experiment, titles: readonly string[]): string {
	const texts = lanes.flatMap(({ pretraining }, i) =>
		pretraining ? [`${titles[i]} ${PRETRAINED[pretraining.kind](pretraining.steps)}`] : []
	);
	return texts.length ? `In the browser, ${texts.join(', and ')}.` : '';
}
const PRETRAINED: { readonly [K in Pretraining['kind']]: (steps: number) => string } = {
	shallower: (steps) =>
		`starts from the layers of the shallowest network of its kind, trained for ${steps} steps`,
	layerwise: (steps) => `was trained layer by layer before step 0, ${steps} steps each`
};

/** Says which networks of an experiment start one rounding away (`withOneRounding`); '' if none does. */
export function roundingText({ lanes }: Experiment, titles: readonly string[]): string {
	const moved = titles.filter((_, i) => lanes[i].rounding);
	return moved.length
		? `In the browser, the first weight of ${moved.join(' and of ')} moves to the next 32-bit number away from 0 before step 0.`
		: '';
}

/** @param input shape of the networks' input `[H, W, C]` */
export function namedNetworks(experiment: Experiment, input: ImageShape): NamedNetwork[] {
	const titles = titlesOf(experiment);
	return experiment.lanes.map(({ network, gates }, i) => ({
		name: titles[i].replaceAll('-', '_'),
		spec: laneSpec(network, input),
		gates: gates ?? undefined
	}));
}

/** The export name of a single network: `resnet_50` of `resnet-50?order=pre`, `plain_20` of `cifar-plain-20`. */
export const namedNetwork = (spec: NetworkSpec): NamedNetwork => ({
	name: formatName(spec)
		.replace(/^cifar-|\?.*/g, '')
		.replaceAll('-', '_'),
	spec
});

/** A function of `model.py` with its named arguments. */
export type NetworkCall = { readonly function: string } & Readonly<
	Record<string, string | number | readonly number[] | undefined>
>;

/** The arguments that `model.py` takes for the options of each family. */
const ARGUMENTS: { readonly [F in FamilyName]: (options: FamilyOptions[F]) => NetworkCall } = {
	alexnet: (options) => ({ function: 'alexnet', ...options }),
	vgg: (options) => ({ function: 'vgg', ...options }),
	googlenet: () => ({ function: 'googlenet' }),
	resnet: (options) => ({ function: 'resnet', ...options }),
	cifar: ({ depth, width, channels, classes, shortcut, norm, activation, ...rest }) => ({
		function: 'cifar_net',
		...{ depth, width, image_channels: channels, classes: classes ?? CIFAR_CLASSES, shortcut },
		...{ norm, activation, order: rest.order ?? 'post', dropout: rest.dropout ?? 0 },
		initialisation: rest.initialisation
	}),
	'alexnet-mini': ({ size, ...options }) => ({ ...miniCall('alexnet_mini', options), size }),
	'vgg-mini': ({ size, ...options }) => ({ ...miniCall('vgg_mini', options), size }),
	'googlenet-mini': ({ size: _, ...options }) => miniCall('googlenet_mini', options),
	'bottleneck-mini': ({ size: _, ...options }) => miniCall('bottleneck_mini', options),
	'highway-mini': ({ size: _, ...options }) => miniCall('highway_mini', options),
	'wide-mini': ({ size: _, ...options }) => miniCall('wide_mini', options),
	'stochastic-mini': ({ size: _, ...options }) => miniCall('stochastic_mini', options),
	'resnext-mini': ({ size: _, ...options }) => miniCall('resnext_mini', options),
	'densenet-mini': ({ size: _, ...options }) => miniCall('densenet_mini', options),
	'se-mini': ({ size: _, ...options }) => miniCall('se_mini', options),
	'rezero-mini': ({ size: _, ...options }) => miniCall('rezero_mini', options)
};

const miniCall = <Options extends { channels: number }>(
	name: string,
	{ channels, ...options }: Options
): NetworkCall => ({ function: name, image_channels: channels, ...options });

const argumentsOf = <F extends FamilyName>({ family, options }: NetworkSpec<F>): NetworkCall =>
	ARGUMENTS[family](options);

/** The call that builds a network with PyTorch's `model.py`. */
export const callOf = ({ spec, gates }: Omit<NamedNetwork, 'name'>): NetworkCall => ({
	...argumentsOf(spec),
	...(gates?.some((gate) => gate !== 1) ? { gates } : {})
});

/** Like `callOf`, for Keras, which also needs the size of images. */
export const kerasCallOf = (network: Omit<NamedNetwork, 'name'>): NetworkCall => ({
	...callOf(network),
	size: networkOf(network.spec).input[0]
});

const CALLS = { pytorch: callOf, keras: kerasCallOf };
type Program = keyof typeof CALLS;

const FILES = new Map(
	Object.entries(
		import.meta.glob<string>('./*/files/*.py', { query: '?raw', import: 'default', eager: true })
	)
);

/** The Python files of an export, by path. */
export const pythonFiles = (
	program: Program,
	...names: readonly string[]
): [path: string, text: string][] =>
	names.map((name) => [`${name}.py`, entry(FILES, `./${program}/files/${name}.py`)]);

const SUCCESSOR = ['successors', 'resnet'];
/** The Python files that define each family: first the one that becomes `model.py`, then those that it imports. */
const MODULES: { readonly [F in FamilyName]: readonly string[] } = {
	alexnet: ['alexnet'],
	vgg: ['vgg'],
	googlenet: ['googlenet'],
	resnet: ['resnet'],
	cifar: ['resnet'],
	'alexnet-mini': ['classics', 'resnet'],
	'vgg-mini': ['classics', 'resnet'],
	'googlenet-mini': ['classics', 'resnet'],
	'bottleneck-mini': SUCCESSOR,
	'highway-mini': ['highway', 'resnet'],
	'wide-mini': SUCCESSOR,
	'stochastic-mini': SUCCESSOR,
	'resnext-mini': SUCCESSOR,
	'densenet-mini': ['densenet', 'resnet'],
	'se-mini': SUCCESSOR,
	'rezero-mini': SUCCESSOR
};

/**
 * Text files by path: `model.py`, which defines a family, or imports several, and the files that build these networks
 * with it.
 */
export function modelFiles(
	program: Program,
	networks: readonly NamedNetwork[]
): [path: string, text: string][] {
	const calls = Object.fromEntries(networks.map((each) => [each.name, CALLS[program](each)]));
	const first = new Set(networks.map(({ spec }) => MODULES[spec.family][0]));
	const all = new Set(networks.flatMap(({ spec }) => MODULES[spec.family]));
	return [
		...(first.size === 1 ? oneFamily(program, [...all]) : severalFamilies(program, all, networks)),
		['networks.py', networksPy],
		['networks.json', `${JSON.stringify(calls, null, '\t')}\n`]
	];
}

function oneFamily(program: Program, [model, ...imported]: readonly string[]) {
	const [[, text]] = pythonFiles(program, model);
	return [['model.py', text] as [string, string], ...pythonFiles(program, ...imported)];
}

function severalFamilies(
	program: Program,
	modules: ReadonlySet<string>,
	networks: readonly NamedNetwork[]
) {
	const functions = new Map<string, Set<string>>();
	for (const each of networks) {
		const [module] = MODULES[each.spec.family];
		functions.set(module, (functions.get(module) ?? new Set()).add(callOf(each).function));
	}
	const imports = [...functions].map(
		([module, names]) => `from ${module} import ${[...names].sort().join(', ')}`
	);
	const text = `"""The functions that build the networks of this project."""\n\n${imports.sort().join('\n')}\n`;
	return [['model.py', text] as [string, string], ...pythonFiles(program, ...modules)];
}

/** A row of a table for each network: parameters and multiply-accumulates. */
export const countsTable = (networks: readonly NamedNetwork[]) =>
	[
		'| network | image | parameters | multiply-accumulates |',
		'| ------- | ----- | ---------: | -------------------: |',
		...networks.map(({ name, spec }) => {
			const { parameterCount, macs, network } = analyse(networkOf(spec));
			const counts = [parameterCount, macs].map((count) => count.toLocaleString('en'));
			return `| ${[name, network.input.join('x'), ...counts].join(' | ')} |`;
		})
	].join('\n');

/** The files of a pack of images, in `data/`, with the code that reads it, or makes it again from the pictures. */
export const imagesFiles = (
	images: ReadonlyMap<string, Uint8Array>
): [path: string, content: string | Uint8Array][] =>
	images.size
		? [
				['images.py', imagesPy],
				...[...images].map(([name, bytes]) => [`data/${name}`, bytes] as [string, Uint8Array])
			]
		: [];

/** A section of a README about `imagesFiles`. */
export const aboutImages = (images: ReadonlyMap<string, Uint8Array>): string =>
	images.size
		? `
**Images** are in \`data/\`, as bytes, and \`images.py\` reads them: \`parts, manifest = load("data")\`; \`parts["train"]\` is the
pair of pixels [N, H, W, C] and labels.${
				images.has('images.csv')
					? ` \`python images.py FOLDER --pack data\` makes them again from your folder of pictures, by the rule of
the app: \`data/images.csv\` lists each picture with its class and part.`
					: ''
			}
`
		: '';
