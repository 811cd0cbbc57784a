/** The comparison table of networks, which shows what differs besides depth. */
import { FAMILIES, isMiniName, PUBLISHED, type AnalysedNetwork } from '$lib/network';
import { m } from '$lib/paraglide/messages';
import { saveCsv } from '../csv.svelte';
import { formatCount, formatLarge, formatList, formatPercent } from '../words/format';
import { contentOf, normalisationsOf } from '../words/graph';
import type { Shown } from './link';

export function comparisonHead(): string[] {
	return [
		m.compare_network(),
		m.compare_year(),
		m.compare_depth(),
		m.compare_parameters(),
		m.compare_macs(),
		m.compare_kernels(),
		m.compare_block(),
		m.compare_pooling(),
		m.compare_dense(),
		m.compare_dropout(),
		m.compare_norm(),
		m.compare_shortcuts(),
		m.compare_error(),
		m.compare_source()
	];
}

/** Kernels of the convolutions, the largest first. */
export const kernelsOf = ({ nodes }: AnalysedNetwork): string[] =>
	[
		...new Set(
			nodes.flatMap(({ node }) =>
				node.type === 'conv' && !node.auxiliary ? [node.kernel.join('×')] : []
			)
		)
	].sort((a, b) => parseInt(b) - parseInt(a));

/** The first block's kernels as `1×1 → 3×3 → 1×1`, or a module's branches; a dash if there are no blocks. */
function blockText({ blocks: [block], nodes }: AnalysedNetwork): string {
	const rows = contentOf(nodes.filter(({ node }) => block && node.block === block.id));
	const names = rows.map((parts) => parts.map((part) => part.split(', ')[0]).join(' → '));
	return names.join(rows.some(({ length }) => length > 1) ? ' | ' : ' → ') || '–';
}

/** A text, or a number with the text that the page shows. */
type ComparisonCell = string | { readonly value: number; readonly text: string };

/** Texts in the order of the table's head; see `comparisonCells`. */
export const comparisonRow = (...args: Parameters<typeof comparisonCells>): string[] =>
	comparisonCells(...args).map((cell) => (typeof cell === 'string' ? cell : cell.text));

/**
 * Cells in the order of the table's head.
 * @param name name with options: published errors are only those of the papers' own networks
 */
function comparisonCells(name: string, analysed: AnalysedNetwork): ComparisonCell[] {
	const { nodes, network, parameterCount, macs, blocks } = analysed;
	const counted = nodes.map(({ node }) => node).filter(({ auxiliary }) => !auxiliary);
	const has = (type: (typeof counted)[number]['type']) => counted.some((n) => n.type === type);
	const dense = nodes
		.filter(({ node }) => node.type === 'dense' && !node.auxiliary)
		.reduce((sum, n) => sum + n.parameterCount, 0);
	const published = PUBLISHED[name];
	const shortcuts = blocks.filter(({ shortcut }) => shortcut).length;
	const errors = published
		? [
				published.top1 !== null && m.error_top1({ error: formatPercent(published.top1 / 100, 2) }),
				published.top5 !== null && m.error_top5({ error: formatPercent(published.top5 / 100, 2) }),
				published.cifar !== undefined &&
					m.error_cifar({ error: formatPercent(published.cifar / 100, 2) })
			].filter((text) => text !== false)
		: [];
	return [
		name,
		published ? { value: published.year, text: String(published.year) } : '–',
		{ value: network.depth, text: String(network.depth) },
		{ value: parameterCount, text: formatCount(parameterCount) },
		{ value: macs, text: formatLarge(macs) },
		formatList(kernelsOf(analysed)),
		blockText(analysed),
		formatList([
			...(has('maxPool') ? [m.pool_max()] : []),
			...(has('globalAveragePool') ? [m.pool_global()] : [])
		]) || '–',
		{ value: dense / parameterCount, text: formatPercent(dense / parameterCount) },
		has('dropout') ? m.yes() : m.no(),
		formatList(normalisationsOf(new Set(counted.map(({ type }) => type)))) || m.no(),
		shortcuts ? { value: shortcuts, text: String(shortcuts) } : m.no(),
		formatList(errors) || '–',
		published?.source ?? (isMiniName(network.name) ? FAMILIES[network.name].source : '–')
	];
}

/** Saves the table as a CSV file, with whole numbers instead of the page's short ones. */
export function saveTable(shown: readonly Shown[]): void {
	const rows = shown.map(({ name, layout }) =>
		comparisonCells(name, layout.network).map((cell) =>
			typeof cell === 'string' ? cell : cell.value
		)
	);
	saveCsv('networks.csv', [comparisonHead(), ...rows]);
}
