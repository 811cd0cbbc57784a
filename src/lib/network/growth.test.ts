import { describe, expect, it } from 'vitest';
import { analyse } from './analyse';
import { beginnings, CLASSIFIER, counterparts } from './growth';
import { MINI_NAMES, networkOf, type NetworkSpec } from './families/table';
import { parseName } from './families/names';

const named = (name: string) => analyse(networkOf(parseName(name) as NetworkSpec));
const shapesOf = (name: string) =>
	new Map(named(name).parameters.map(({ name, shape }) => [name, shape.join()]));

describe('the layers of a shallower network', () => {
	it.each([
		['cifar-plain-8', 'cifar-plain-20'],
		['cifar-resnet-8?shortcut=B&norm=group', 'cifar-resnet-32?shortcut=B&norm=group'],
		['vgg-mini?depth=8', 'vgg-mini?depth=16'],
		['se-mini?depth=8', 'se-mini?depth=20']
	])('%s all have a counterpart of the same shape in %s', (shallow, deep) => {
		const found = counterparts(named(shallow), named(deep));
		const [here, there] = [shapesOf(shallow), shapesOf(deep)];
		expect([...found.keys()]).toEqual([...here.keys()]);
		for (const [own, other] of found) expect(there.get(other), other).toBe(here.get(own));
		expect(new Set(found.values()).size).toBe(found.size);
	});

	it('are those of the first blocks of each stage, of the stem and of the head', () => {
		const found = counterparts(named('cifar-plain-8'), named('cifar-plain-20'));
		const kernels = [...found].filter(([name]) => name.endsWith('kernel'));
		expect(kernels).toEqual([
			['stem/kernel', 'stem/kernel'],
			...[0, 1, 2].flatMap((block) =>
				[1, 2].map((conv) => [
					`block${block}/conv${conv}/kernel`,
					`block${3 * block}/conv${conv}/kernel`
				])
			),
			['dense/kernel', 'dense/kernel']
		]);
	});

	it('without a counterpart of the same shape are left out', () => {
		const found = counterparts(named('cifar-plain-8?width=4'), named('cifar-plain-20'));
		expect([...found.keys()].some((name) => name.endsWith('kernel'))).toBe(false);
	});
});

describe('the beginnings of a network', () => {
	const partsOf = (name: string) => beginnings(named(name)).map((part) => analyse(part));
	const newIn = (parts: ReturnType<typeof partsOf>) =>
		parts.map(({ layers }, i) => {
			const before = new Set(i ? parts[i - 1].layers.map(({ id }) => id) : []);
			return layers.map(({ id }) => id).filter((id) => id !== CLASSIFIER && !before.has(id));
		});

	it.each([
		[
			'cifar-plain-8',
			['stem', ...[0, 1, 2].flatMap((b) => [1, 2].map((i) => `block${b}/conv${i}`))]
		],
		['vgg-mini', ['conv1-1', 'conv2-1', 'conv2-2', 'conv3-1', 'conv3-2', 'dense1', 'dense2']]
	])('have one layer more each: %s', (name, layers) => {
		const added = newIn(partsOf(name));
		expect(added.slice(0, -1)).toEqual(layers.slice(0, -1).map((id) => [id]));
		// The last stage has the network's own classifier.
		expect(added.at(-1)).toHaveLength(2);
		expect(added.at(-1)![0]).toBe(layers.at(-1));
	});

	it('have a block’s layers together where a shortcut passes them', () => {
		expect(newIn(partsOf('cifar-resnet-8?shortcut=A')).slice(0, 3)).toEqual([
			['stem'],
			['block0/conv1', 'block0/conv2'],
			['block1/conv1', 'block1/conv2']
		]);
	});

	it.each([
		...['cifar-plain-20', 'cifar-resnet-20?shortcut=B&order=pre', 'vgg-mini?depth=11'],
		...MINI_NAMES
	])('%s: end with the network itself, and keep layers and shapes', (name) => {
		const shapes = shapesOf(name);
		const parts = partsOf(name);
		expect(parts.at(-1)!.network).toEqual(named(name).network);
		expect(parts.length).toBeGreaterThan(2);
		for (const part of parts) {
			expect(part.nodes.at(-1)!.outputShape).toEqual([10]);
			if (part !== parts.at(-1))
				expect(part.nodes.at(-2)!.node.type, 'before the classifier').not.toBe('flatten');
			expect(part.network.depth).toBe(Math.max(...part.layers.map(({ column }) => column)) + 1);
			for (const { name, shape, node } of part.parameters)
				if (node !== CLASSIFIER) expect(shapes.get(name), name).toBe(shape.join());
		}
	});
});
