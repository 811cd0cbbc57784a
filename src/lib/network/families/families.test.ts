import { describe, expect, it } from 'vitest';
import { analyse } from '../analyse';
import { knownNames, parseName } from './names';
import { networkOf } from './table';

const analysed = (name: string) => analyse(networkOf(parseName(name)));

describe('parameters, to the unit, and billions of multiply-accumulates', () => {
	// torchvision 0.14's alexnet, vgg16, vgg19, resnet18 to resnet152; Krizhevsky 2012; the BVLC model of GoogLeNet;
	// the paper's Table 1 for the plain networks and for the stride on the first 1×1.
	it.each([
		['alexnet', 61_100_840, 0.714],
		['alexnet-2012', 60_965_224, 0.72],
		['vgg-16', 138_357_544, 15.47],
		['vgg-19', 143_667_240, 19.63],
		['googlenet', 6_998_552, 1.58],
		['plain-18', 11_515_688, 1.79],
		['plain-34', 21_623_848, 3.64],
		['resnet-18', 11_689_512, 1.81],
		['resnet-34', 21_797_672, 3.66],
		['resnet-50', 25_557_032, 3.86],
		['resnet-101', 44_549_160, 7.57],
		['resnet-152', 60_192_808, 11.28],
		['resnet-50?stride=3x3', 25_557_032, 4.09],
		['resnet-101?stride=3x3', 44_549_160, 7.8],
		['resnet-152?stride=3x3', 60_192_808, 11.51],
		['resnet-34?shortcut=A', 21_623_848, 3.64]
	])('%s: %i and %f', (name, parameters, billions) => {
		const { parameterCount, macs } = analysed(name);
		expect(parameterCount).toBe(parameters);
		expect(macs / 1e9).toBeCloseTo(billions, billions === 0.714 ? 3 : 2);
	});
});

describe('structure', () => {
	it.each(knownNames())('%s has as many columns as layers on its longest path', (name) => {
		const { layers, network } = analysed(name);
		expect(Math.max(...layers.map(({ column }) => column)) + 1).toBe(network.depth);
	});

	it.each([
		['alexnet', 'conv1/pool', '27×27×64'],
		['alexnet', 'flatten', '9216'],
		['alexnet-2012', 'conv1', '55×55×96'],
		['alexnet-2012', 'flatten', '9216'],
		['vgg-16', 'pool5', '7×7×512'],
		['googlenet', 'inception3a/concat', '28×28×256'],
		['googlenet', 'inception4e/concat', '14×14×832'],
		['googlenet', 'inception5b/concat', '7×7×1024'],
		['resnet-50', 'stem/pool', '56×56×64'],
		['resnet-50', 'block15/add', '7×7×2048'],
		['cifar-resnet-110?order=pre', 'block53/add', '8×8×64']
	])('%s: %s gives %s', (name, id, shape) => {
		const found = analysed(name).nodes.find(({ node }) => node.id === id)!;
		expect(found.outputShape.join('×')).toBe(shape);
	});

	it('draws the auxiliary heads of GoogLeNet and does not count them', () => {
		const { nodes, parameters } = analysed('googlenet');
		const auxiliary = nodes.filter(({ node }) => node.auxiliary);
		expect(auxiliary.filter(({ node }) => node.type === 'dense')).toHaveLength(4);
		expect(parameters.some(({ name }) => name.startsWith('auxiliary'))).toBe(false);
	});

	it('with pre-activation no activation stands behind an addition', () => {
		const { nodes } = analysed('resnet-50?order=pre');
		for (const { node } of nodes)
			if (node.type === 'activation')
				expect(nodes.find((n) => n.node.id === node.inputs[0])!.node.type).toBe('batchNorm');
	});

	it('dropout stands in AlexNet, VGG and GoogLeNet, and in no residual network', () => {
		const has = (name: string) => analysed(name).nodes.some(({ node }) => node.type === 'dropout');
		expect(['alexnet', 'alexnet-2012', 'vgg-16', 'googlenet'].every(has)).toBe(true);
		expect(['plain-34', 'resnet-152', 'cifar-resnet-110'].some(has)).toBe(false);
	});

	it.each([...knownNames(), 'cifar-resnet-20?order=pre&shortcut=C', 'resnet-34?shortcut=A'])(
		'%s says of every stage and block what it is, and in a residual block of every node its part',
		(name) => {
			const { network, nodes, blocks } = analysed(name);
			for (const { node } of nodes)
				for (const id of [node.stage, ...(node.block === undefined ? [] : [node.block])]) {
					const { kind, label } = network.groups[id];
					expect(kind + label).toBe(id);
				}
			for (const { id, kind, shortcut } of blocks) {
				const parts = nodes.filter(({ node }) => node.block === id);
				const count = (role?: string) => parts.filter(({ node }) => node.role === role).length;
				expect(count('sum')).toBe(shortcut ? 1 : 0);
				expect(count('shortcut') > 0).toBe(shortcut !== null && shortcut.kind !== 'identity');
				if (kind === 'block') expect(count('branch')).toBeGreaterThan(1);
			}
		}
	);
});
