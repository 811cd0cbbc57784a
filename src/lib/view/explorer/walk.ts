/**
 * The guided walk from AlexNet to ResNet: eight stops, each with its networks, a marked element, and a text. All
 * figures in the texts are computed from the networks or come from the published tables.
 */
import { analyse, networkOf, parseName, PUBLISHED, type AnalysedNetwork } from '$lib/network';
import { m } from '$lib/paraglide/messages';
import type { Alignment } from '../graph/align';
import type { Key } from '../graph/layout';
import { formatCount, formatFixed, formatLarge, formatPercent } from '../words/format';
import { kernelsOf } from './comparison';

export interface Stop {
	readonly networks: readonly string[];
	readonly alignment?: Alignment;
	/** The element that is marked and zoomed to. */
	readonly at?: { readonly index: number; readonly key: Key };
	readonly title: () => string;
	readonly text: () => string;
}

const named = (name: string) => analyse(networkOf(parseName(name)));
const parameters = (name: string) => formatLarge(named(name).parameterCount);
const macs = (name: string) => formatLarge(named(name).macs);
const percent = (error: number | null | undefined) => formatPercent((error ?? NaN) / 100, 2);
const top1 = (name: string) => percent(PUBLISHED[name]?.top1);
const top5 = (name: string) => percent(PUBLISHED[name]?.top5);
const cifar = (name: string) => percent(PUBLISHED[name]?.cifar);
const largest = (name: string) => kernelsOf(named(name))[0];

function shareOfDense({ nodes, parameterCount }: AnalysedNetwork): string {
	const dense = nodes.filter(({ node }) => node.type === 'dense' && !node.auxiliary);
	return formatPercent(dense.reduce((sum, n) => sum + n.parameterCount, 0) / parameterCount, 0);
}
const dense = (name: string) => shareOfDense(named(name));

function shareOfConvolutions(name: string): string {
	const { nodes, macs } = named(name);
	const own = nodes.filter(({ node }) => node.type === 'conv');
	return formatPercent(own.reduce((sum, n) => sum + n.macs, 0) / macs, 0);
}

export const WALK: readonly Stop[] = [
	{
		networks: ['alexnet-2012'],
		at: { index: 0, key: 'stage:head' },
		title: m.walk_alexnet,
		text: () =>
			m.walk_alexnet_text({
				parameters: parameters('alexnet-2012'),
				dense: dense('alexnet-2012'),
				convolutions: shareOfConvolutions('alexnet-2012')
			})
	},
	{
		networks: ['alexnet-2012', 'vgg-16'],
		at: { index: 1, key: 'stage:stage3' },
		title: m.walk_vgg,
		text: () =>
			m.walk_vgg_text({
				largest: largest('alexnet-2012'),
				before: macs('alexnet-2012'),
				after: macs('vgg-16'),
				parameters: parameters('vgg-16')
			})
	},
	{
		networks: ['vgg-16', 'googlenet'],
		at: { index: 1, key: 'block:inception3a' },
		title: m.walk_googlenet,
		text: () =>
			m.walk_googlenet_text({
				parameters: parameters('googlenet'),
				times: formatFixed(named('vgg-16').parameterCount / named('googlenet').parameterCount, 0)
			})
	},
	{
		networks: ['plain-18', 'plain-34'],
		title: m.walk_plain,
		text: () => m.walk_plain_text({ shallow: top1('plain-18'), deep: top1('plain-34') })
	},
	{
		networks: ['plain-34', 'resnet-34'],
		at: { index: 1, key: 'block:block2' },
		title: m.walk_residual,
		text: () => {
			const residual = named('resnet-34');
			const extra = residual.parameterCount - named('plain-34').parameterCount;
			return m.walk_residual_text({
				projections: residual.blocks.filter(({ shortcut }) => shortcut?.kind === 'projection')
					.length,
				extra: formatCount(extra),
				plain: top1('plain-34'),
				residual: top1('resnet-34')
			});
		}
	},
	{
		networks: ['resnet-34', 'resnet-50', 'resnet-152'],
		at: { index: 1, key: 'block:block1' },
		title: m.walk_bottleneck,
		text: () =>
			m.walk_bottleneck_text({
				deepest: macs('resnet-152'),
				vgg: macs('vgg-16'),
				first: top5('resnet-50'),
				second: top5('resnet-101'),
				third: top5('resnet-152')
			})
	},
	{
		networks: ['cifar-resnet-20', 'cifar-resnet-56', 'cifar-resnet-110'],
		alignment: 'layer',
		title: m.walk_cifar,
		text: () =>
			m.walk_cifar_text({
				shallow: cifar('cifar-resnet-20'),
				deep: cifar('cifar-resnet-110'),
				parameters: parameters('cifar-resnet-110'),
				deepest: cifar('cifar-resnet-1202'),
				most: parameters('cifar-resnet-1202')
			})
	},
	{
		networks: ['alexnet-2012', 'vgg-16', 'googlenet', 'resnet-50'],
		title: m.walk_else,
		text: () =>
			m.walk_else_text({
				largest: largest('alexnet-2012'),
				alexnet: dense('alexnet-2012'),
				vgg: dense('vgg-16'),
				googlenet: dense('googlenet'),
				resnet: dense('resnet-50')
			})
	}
];
