/** Names and descriptions of operations, blocks and stages, in the reader's language. */
import {
	OPS,
	type Activation,
	type AnalysedNode,
	type Group,
	type NetworkNode,
	type Norm,
	type OpType
} from '$lib/network';
import { m } from '$lib/paraglide/messages';
import { formatCount, formatLabel, formatList, formatParts } from './format';
import { isModule, type GraphLayout, type GroupBox, type Key, type Kind } from '../graph/layout';
import { formatShape, type Labels } from '../graph/paint';
import { boxOf } from '../graph/walk';

const kernelText = (height: number, width = height) => `${height}×${width}`;

/** Rows of name and value. */
type Settings = [name: string, value: string][];

const slides = (stride: number, padding?: number): Settings => [
	[m.read_stride(), String(stride)],
	...(padding === undefined ? [] : ([[m.read_padding(), String(padding)]] satisfies Settings))
];

export function activationName(activation: Activation): string {
	return {
		relu: m.op_relu,
		'leaky-relu': m.op_leaky_relu,
		tanh: m.op_tanh,
		sigmoid: m.op_sigmoid
	}[activation]();
}

interface OpWords<T extends OpType> {
	/** Short text for a box in the graph, such as `conv 3×3`. */
	short(node: NetworkNode<T>): string;
	/** A shorter text, if even that does not fit. */
	brief?(node: NetworkNode<T>): string;
	/** Text with the number of outputs, if the box stands for a whole layer: `3×3, 64`. */
	layer?(node: NetworkNode<T>): string;
	/** Full name. */
	full(node: NetworkNode<T>): string;
	/** Settings that only operations of this type have. */
	settings?(node: NetworkNode<T>): Settings;
	/** Name of the normalisation. */
	normalises?(): string;
}

const WORDS: { readonly [T in OpType]: OpWords<T> } = {
	input: { short: m.op_input, full: m.kind_input },
	conv: {
		short: ({ kernel }) => m.op_conv({ kernel: kernelText(...kernel) }),
		brief: ({ kernel }) => kernelText(...kernel),
		layer: ({ kernel, filters }) => `${kernelText(...kernel)}, ${filters}`,
		full: m.kind_conv,
		settings: ({ kernel, filters, stride, padding, groups }) => [
			[m.read_kernel(), formatList([kernelText(...kernel), formatCount(filters)])],
			...slides(stride, padding),
			...(groups ? ([[m.read_groups(), String(groups)]] satisfies Settings) : [])
		]
	},
	lrn: { short: m.op_lrn, full: m.kind_lrn, normalises: m.norm_lrn },
	batchNorm: { short: m.op_norm, full: m.kind_norm, normalises: m.norm_batch },
	groupNorm: {
		short: m.op_group_norm,
		full: m.kind_group_norm,
		settings: ({ groups }) => [[m.read_groups(), String(groups)]],
		normalises: m.norm_group
	},
	activation: {
		short: ({ activation }) => activationName(activation),
		full: ({ activation }) => formatLabel(m.kind_activation(), activationName(activation))
	},
	maxPool: {
		short: m.op_max_pool,
		brief: m.op_pool,
		full: m.kind_max_pool,
		settings: ({ kernel, stride, padding }) => [
			[m.read_kernel(), kernelText(kernel)],
			...slides(stride, padding)
		]
	},
	averagePool: {
		short: m.op_average_pool,
		brief: m.op_pool,
		full: m.kind_average_pool,
		settings: ({ kernel, stride }) => [[m.read_kernel(), kernelText(kernel)], ...slides(stride)]
	},
	globalAveragePool: { short: m.op_global_pool, brief: m.op_pool, full: m.kind_global_pool },
	subsample: { short: m.op_subsample, full: m.kind_subsample },
	add: { short: m.op_add, brief: () => '+', full: m.kind_add },
	multiply: {
		short: ({ complement }) => (complement ? '× (1 − T)' : m.op_multiply()),
		brief: () => '×',
		full: m.kind_multiply
	},
	scale: {
		short: m.op_scale,
		brief: () => '× α',
		full: m.kind_scale,
		settings: ({ initial, penalty }) => [
			[m.read_initial(), formatCount(initial)],
			...(penalty ? ([[m.read_penalty(), String(penalty)]] satisfies Settings) : [])
		]
	},
	concat: { short: m.op_concat, full: m.kind_concat },
	flatten: { short: m.op_flatten, full: m.kind_flatten },
	dense: {
		short: m.op_dense,
		layer: ({ units }) => `${m.op_dense()}, ${units}`,
		full: m.kind_dense
	},
	dropout: {
		short: ({ per }) => (per ? m.op_stochastic_depth() : m.op_dropout()),
		full: ({ per }) => (per ? m.kind_stochastic_depth() : m.kind_dropout()),
		settings: ({ rate }) => [[m.read_rate(), String(rate)]]
	}
};
const opTexts = <T extends OpType>(node: NetworkNode<T>): string[] => {
	const { short, brief } = WORDS[node.type];
	return [short(node), ...(brief ? [brief(node)] : [])];
};
const layerText = <T extends OpType>(node: NetworkNode<T>): string =>
	(WORDS[node.type].layer ?? WORDS[node.type].short)(node);

const onMainPath = ({ role }: NetworkNode) => role !== 'shortcut' && role !== 'factor';

/** What a branch has after its convolutions in networks after ResNet. */
const endsBranch = (node: NetworkNode) =>
	node.role === 'branch' &&
	(node.type === 'multiply' || node.type === 'scale' || (node.type === 'dropout' && !!node.per));

/** Convolutions, dense layers and pooling in a box, without its shortcut; for a module, one row per branch. */
export function contentOf(nodes: readonly AnalysedNode[]): string[][] {
	const shown = ({ node }: AnalysedNode) =>
		onMainPath(node) && (OPS[node.type].weighted || /Pool$/.test(node.type) || endsBranch(node));
	const joint = isModule(nodes) && nodes.find(({ node }) => node.type === 'concat')?.node;
	if (!joint) {
		const layers = nodes.filter(shown);
		return (layers.length ? layers : nodes.slice(0, 1)).map(({ node }) => [layerText(node)]);
	}
	const own = new Map(nodes.map((n) => [n.node.id, n]));
	return joint.inputs.map((id) => {
		const branch: string[] = [];
		for (let n = own.get(id); n; n = own.get(n.node.inputs[0]))
			if (shown(n)) branch.unshift(layerText(n.node));
		return branch;
	});
}

/** Caption of a stage, as in Table 1 of the paper: `stage 2 · 28×28 · 4 blocks`, and shorter versions. */
function captionOf(stage: Pick<GroupBox, 'kind' | 'label' | 'nodes'>): string[][] {
	const name = groupName(stage);
	const layers = stage.nodes.filter(({ node }) => node.type === 'conv' && onMainPath(node));
	const size = layers.at(-1)?.outputShape.slice(0, 2).join('×');
	if (!size) return [[name]];
	if (stage.kind !== 'stage') return [[`${name} · ${size}`], [name, size], [name], [size]];
	const blocks = new Set(stage.nodes.flatMap(({ node }) => node.block ?? [])).size;
	const count = blocks
		? m.map_blocks({ count: blocks })
		: m.explore_layers({ count: layers.length });
	const times = `×${blocks || layers.length}`;
	return [
		[`${name} · ${size} · ${count}`],
		[name, `${size} · ${count}`],
		[`${size} · ${count}`],
		[size, count],
		[`${size} ${times}`],
		[size, times],
		[size]
	];
}

/** Texts for a network's normalisation: as a choice, and as an option that differs from the paper's networks. */
const NORM_WORDS: { readonly [N in Norm]: { name(): string; full(): string } } = {
	batch: { name: m.norm_on, full: m.option_batch_norm },
	none: { name: m.norm_off, full: m.option_no_norm },
	group: { name: m.norm_group, full: m.option_group_norm },
	layer: { name: m.norm_layer, full: m.option_layer_norm }
};
export const normName = (norm: Norm) => NORM_WORDS[norm].name();
export const normFull = (norm: Norm) => NORM_WORDS[norm].full();
export const normOption = (norm: Norm) => (norm === 'batch' ? null : normFull(norm));

/** In full. */
export const kindName = <T extends OpType>(node: NetworkNode<T>) => WORDS[node.type].full(node);

/** Rows of name and value for settings that only operations of the node's type have. */
export const nodeSettings = <T extends OpType>(node: NetworkNode<T>): Settings =>
	WORDS[node.type].settings?.(node) ?? [];

/** Names of the normalisations among the types, in the order of the table. */
export const normalisationsOf = (types: ReadonlySet<OpType>): string[] =>
	(Object.keys(WORDS) as OpType[]).flatMap((type) =>
		types.has(type) ? (WORDS[type].normalises?.() ?? []) : []
	);

const GROUPS: { readonly [K in Group['kind']]: (label: string) => string } = {
	stem: () => m.group_stem(),
	stage: (number) => m.group_stage({ number }),
	head: () => m.group_head(),
	block: (number) => m.group_block({ number }),
	inception: (name) => m.group_inception({ name }),
	auxiliary: (name) => m.group_auxiliary({ name })
};

/** `stage 2`, `block 5`, `inception 3a`. */
export const groupName = ({ kind, label }: Group): string => GROUPS[kind](label);

/** Legend for the colour of a kind. */
export function kindLegend(kind: Kind): string {
	return {
		input: m.legend_input,
		conv: m.legend_conv,
		norm: m.legend_norm,
		activation: m.legend_activation,
		pool: m.legend_pool,
		join: m.legend_join,
		dense: m.legend_dense,
		drop: m.legend_drop
	}[kind]();
}

export const mapLabels = (): Labels => ({
	op: ({ node }) => opTexts(node.node),
	group: groupName,
	caption: captionOf,
	content: ({ nodes }) => contentOf(nodes),
	kind: kindLegend,
	shortcut: m.legend_shortcut
});

/** Operations in a stage or block, without auxiliary heads. */
export function membersOf(layout: GraphLayout, key: Key): readonly AnalysedNode[] {
	const box = boxOf(layout, key);
	return box?.level === 'op' ? [box.node] : (box?.nodes ?? []);
}

/** Describes an element in one sentence for screen readers. */
export function describe(layout: GraphLayout, key: Key): string {
	const box = boxOf(layout, key);
	if (!box) return '';
	const members = membersOf(layout, key);
	const sum = (of: (n: AnalysedNode) => number) => members.reduce((total, n) => total + of(n), 0);
	const name = box.level === 'op' ? formatList([kindName(box.node.node), box.id]) : groupName(box);
	return formatParts([
		name,
		formatLabel(m.read_output(), formatShape(members[members.length - 1].outputShape)),
		formatLabel(m.read_parameters(), formatCount(sum((n) => n.parameterCount))),
		formatLabel(m.read_macs(), formatCount(sum((n) => n.macs)))
	]);
}
