/** Names of operations, blocks and stages, and what a reader is told of them, in the reader's language. */
import type { Activation, AnalysedNode, NetworkNode } from '$lib/network';
import { m } from '$lib/paraglide/messages';
import { formatCount, formatLabel, formatList, formatParts } from './format';
import type { GraphLayout, GroupBox, Key, Kind, OpBox } from '../graph/layout';
import { formatShape, type Labels } from '../graph/paint';
import { boxOf } from '../graph/walk';

const kernelText = ([height, width]: readonly [number, number]) => `${height}×${width}`;

export function activationName(activation: Activation): string {
	return {
		relu: m.op_relu,
		'leaky-relu': m.op_leaky_relu,
		tanh: m.op_tanh,
		sigmoid: m.op_sigmoid
	}[activation]();
}

/** As short as a box in the graph needs it: `conv 3×3`. */
function shortName(node: NetworkNode): string {
	switch (node.type) {
		case 'input':
			return m.op_input();
		case 'conv':
			return m.op_conv({ kernel: kernelText(node.kernel) });
		case 'batchNorm':
			return m.op_norm();
		case 'lrn':
			return m.op_lrn();
		case 'activation':
			return activationName(node.activation);
		case 'maxPool':
			return m.op_max_pool();
		case 'averagePool':
			return m.op_average_pool();
		case 'globalAveragePool':
			return m.op_global_pool();
		case 'subsample':
			return m.op_subsample();
		case 'add':
			return m.op_add();
		case 'concat':
			return m.op_concat();
		case 'flatten':
			return m.op_flatten();
		case 'dense':
			return m.op_dense();
		case 'dropout':
			return m.op_dropout();
	}
}

/** In full. */
export function kindName(node: NetworkNode): string {
	switch (node.type) {
		case 'input':
			return m.kind_input();
		case 'conv':
			return m.kind_conv();
		case 'batchNorm':
			return m.kind_norm();
		case 'lrn':
			return m.kind_lrn();
		case 'activation':
			return formatLabel(m.kind_activation(), shortName(node));
		case 'maxPool':
			return m.kind_max_pool();
		case 'averagePool':
			return m.kind_average_pool();
		case 'globalAveragePool':
			return m.kind_global_pool();
		case 'subsample':
			return m.kind_subsample();
		case 'add':
			return m.kind_add();
		case 'concat':
			return m.kind_concat();
		case 'flatten':
			return m.kind_flatten();
		case 'dense':
			return m.kind_dense();
		case 'dropout':
			return m.kind_dropout();
	}
}

/** `stage 2`, `block 5`, `inception 3a`. */
export function groupName({ id }: { readonly id: string }): string {
	const [, kind, rest] = /^(stage|block|inception|auxiliary)(.+)$/.exec(id) ?? [];
	switch (kind) {
		case 'stage':
			return m.group_stage({ number: rest });
		case 'block':
			return m.group_block({ number: rest });
		case 'inception':
			return m.group_inception({ name: rest });
		case 'auxiliary':
			return m.group_auxiliary({ name: rest });
	}
	return id === 'stem' ? m.group_stem() : id === 'head' ? m.group_head() : id;
}

/** What the colour of a kind means. */
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
	op: ({ node }: OpBox) => shortName(node.node),
	group: (group: GroupBox) => groupName(group),
	short: ({ id }) => /\d+[a-z]?$/.exec(id)?.[0] ?? '',
	kind: kindLegend,
	shortcut: m.legend_shortcut
});

/** Operations within a stage or block, auxiliary heads left out. */
export function membersOf(layout: GraphLayout, key: Key): AnalysedNode[] {
	if (key.startsWith('op:')) return layout.ops.filter((op) => op.key === key).map((op) => op.node);
	const id = key.slice(key.indexOf(':') + 1);
	const stage = key.startsWith('stage:');
	return layout.network.nodes.filter(({ node }) =>
		stage ? node.stage === id && !node.auxiliary : node.block === id
	);
}

/** One sentence for a screen reader. */
export function describe(layout: GraphLayout, key: Key): string {
	const box = boxOf(layout, key);
	if (!box) return '';
	const members = membersOf(layout, key);
	const sum = (of: (n: AnalysedNode) => number) => members.reduce((total, n) => total + of(n), 0);
	const name = 'node' in box ? formatList([kindName(box.node.node), box.id]) : groupName(box);
	return formatParts([
		name,
		formatLabel(m.read_output(), formatShape(members.at(-1)!.outputShape)),
		formatLabel(m.read_parameters(), formatCount(sum((n) => n.parameterCount))),
		formatLabel(m.read_macs(), formatCount(sum((n) => n.macs)))
	]);
}
