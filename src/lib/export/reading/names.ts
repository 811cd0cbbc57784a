/**
 * Names of parameters in the codes that people train with: torchvision, timm and well-known ones for CIFAR-10. Each code
 * gives every node with parameters a module by its place in the network; a module may have several names.
 */
import { entry } from '$lib/base/entry';
import { isMiniName, type AnalysedNetwork, type AnalysedNode } from '$lib/network';
import { moduleNames } from '../pytorch/names';

/** The names of modules by node id; the first is the most usual. */
export type ModuleNames = ReadonlyMap<string, readonly string[]>;
type Code = (network: AnalysedNetwork) => ModuleNames;

const kindOf = ({ node: { type } }: AnalysedNode) =>
	type === 'conv' || type === 'dense' ? type : 'norm';

/** Numbers nodes of one kind within a group from 1: the second convolution of a block is 2. */
function ordinals() {
	const counts = new Map<string, number>();
	return (group: string): number => {
		const count = (counts.get(group) ?? 0) + 1;
		counts.set(group, count);
		return count;
	};
}

/** Nodes with parameters, without auxiliary heads. */
const weighted = ({ nodes }: AnalysedNetwork) =>
	nodes.filter(({ node, parameters }) => parameters.length && !node.auxiliary);

/** The projects that this app exports. */
const app: Code = (network) =>
	new Map([...moduleNames(network)].map(([id, name]) => [id, [name]] as const));

/** The dense layer of akamaster and kuangliu. */
export const LINEAR = 'linear';

/** How a code of residual networks names its modules; `kind` is that of the module, `n` its number in the block from 1. */
interface ResidualNames {
	readonly stem: (kind: 'conv' | 'norm') => string;
	/** A block, by its stage from 1 and its index there from 0. */
	readonly block: (stage: number, index: number) => string;
	readonly part: (kind: 'conv' | 'norm', n: number) => string;
	readonly shortcut: (kind: 'conv' | 'norm') => readonly string[];
	readonly dense: readonly string[];
	/** The last normalisation of networks with pre-activation. */
	readonly last: readonly string[];
}

const BN = { conv: 'conv', norm: 'bn' };
const FIRST_TWO = { conv: 0, norm: 1 };
/**
 * torchvision and timm, chenyaofo/pytorch-cifar-models (`downsample`, `fc`), akamaster/pytorch_resnet_cifar10 and
 * kuangliu/pytorch-cifar (`shortcut`, `linear`).
 */
const layers = residual({
	stem: (kind) => `${BN[kind]}1`,
	block: (stage, index) => `layer${stage}.${index}`,
	part: (kind, n) => `${BN[kind]}${n}`,
	shortcut: (kind) => ['downsample', 'shortcut'].map((name) => `${name}.${FIRST_TWO[kind]}`),
	dense: ['fc', LINEAR, 'classifier'],
	last: ['bn', 'norm', 'bn2']
});
const LONG = { conv: 'convolution', norm: 'normalization' };
/** Hugging Face's transformers. */
const transformers = residual({
	stem: (kind) => `resnet.embedder.embedder.${LONG[kind]}`,
	block: (stage, index) => `resnet.encoder.stages.${stage - 1}.layers.${index}`,
	part: (kind, n) => `layer.${n - 1}.${LONG[kind]}`,
	shortcut: (kind) => [`shortcut.${LONG[kind]}`],
	dense: ['classifier.1'],
	last: ['resnet.norm']
});

function residual(names: ResidualNames): Code {
	return (network) => {
		const next = ordinals();
		const places = new Map(
			network.blocks.map(({ id, stage }) => {
				const number = Number(network.network.groups[stage].label);
				return [id, names.block(number, next(stage) - 1)];
			})
		);
		return new Map(
			weighted(network).map((n) => {
				const { id, block, role, stage } = n.node;
				const kind = kindOf(n);
				if (kind === 'dense') return [id, names.dense];
				if (block === undefined) return [id, stage === 'head' ? names.last : [names.stem(kind)]];
				const own = entry(places, block);
				return [
					id,
					role === 'shortcut'
						? names.shortcut(kind).map((name) => `${own}.${name}`)
						: [`${own}.${names.part(kind, next(own + kind))}`]
				];
			})
		);
	};
}

const TIMM_DENSE = ['pre_logits.fc1', 'pre_logits.fc2', 'head.fc'];
/**
 * AlexNet and VGG of the app's projects and of torchvision, which numbers all modules: `features.10` is the tenth after the first, `classifier` has
 * those behind the flattening. timm names VGG's dense layers.
 */
const sequences: Code = ({ nodes }) => {
	const flatten = nodes.findIndex(({ node }) => node.type === 'flatten');
	let dense = 0;
	const names = new Map<string, readonly string[]>();
	nodes.forEach(({ node: { id }, parameters }, i) => {
		if (!parameters.length) return;
		if (i < flatten) names.set(id, [`features.${i - 1}`]);
		else names.set(id, [`classifier.${i - flatten - 1}`, TIMM_DENSE[dense++]]);
	});
	return names;
};

/** GoogLeNet: names of the convolutions of the stem and of a module, in the order of the description. */
const modules =
	(stem: readonly string[], module: (label: string) => readonly string[], dense: string): Code =>
	(network) => {
		const next = ordinals();
		const groups = network.network.groups;
		return new Map(
			weighted(network).map(({ node: { id, type, block } }) => {
				if (type === 'dense') return [id, [dense]];
				const names = block === undefined ? stem : module(groups[block].label);
				return [id, [names[next(block ?? '') - 1]]];
			})
		);
	};
/** Of the BVLC model, as Caffe's converters write them. */
const caffe = (separator: string) =>
	modules(
		['conv1/7x7_s2', 'conv2/3x3_reduce', 'conv2/3x3'].map((name) => name.replace('/', separator)),
		(label) =>
			['1x1', '3x3_reduce', '3x3', '5x5_reduce', '5x5', 'pool_proj'].map(
				(name) => `inception_${label}${separator}${name}`
			),
		`loss3${separator}classifier`
	);
const BRANCHES = ['0.0', '1.0.0', '1.1.0', '2.0.0', '2.1.0', '3.1.0'];
const appModules = modules(
	['stem.0.0', 'stem.3.0', 'stem.4.0'],
	([stage, letter]) =>
		BRANCHES.map(
			(branch) => `modules_${stage}.${letter.charCodeAt(0) - 'a'.charCodeAt(0)}.branches.${branch}`
		),
	'dense'
);

/** The codes in which a network of this structure may have been saved; the first is that of the app's projects. */
export function codesOf(network: AnalysedNetwork): readonly ModuleNames[] {
	const kind = network.blocks.at(0)?.kind;
	const codes = isMiniName(network.network.name)
		? [app]
		: kind === 'block'
			? [app, layers, transformers]
			: kind === 'inception'
				? [appModules, caffe('/'), caffe('_')]
				: [sequences];
	return codes.map((code) => code(network));
}
