/** The guided walk from AlexNet to ResNet: eight stops, each with its networks and the element marked in them. */
import type { Alignment } from '../graph/align';
import type { Key } from '../graph/layout';

export interface Stop {
	readonly networks: readonly string[];
	readonly alignment?: Alignment;
	/** The element that is marked and zoomed to. */
	readonly at?: { readonly index: number; readonly key: Key };
}

export const WALK: readonly Stop[] = [
	{
		networks: ['alexnet-2012'],
		at: { index: 0, key: 'stage:head' }
	},
	{
		networks: ['alexnet-2012', 'vgg-16'],
		at: { index: 1, key: 'stage:stage3' }
	},
	{
		networks: ['vgg-16', 'googlenet'],
		at: { index: 1, key: 'block:inception3a' }
	},
	{
		networks: ['plain-18', 'plain-34']
	},
	{
		networks: ['plain-34', 'resnet-34'],
		at: { index: 1, key: 'block:block2' }
	},
	{
		networks: ['resnet-34', 'resnet-50', 'resnet-152'],
		at: { index: 1, key: 'block:block1' }
	},
	{
		networks: ['cifar-resnet-20', 'cifar-resnet-56', 'cifar-resnet-110'],
		alignment: 'layer'
	},
	{
		networks: ['alexnet-2012', 'vgg-16', 'googlenet', 'resnet-50']
	}
];
