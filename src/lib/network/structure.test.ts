import { describe, expect, it } from 'vitest';
import { analyse } from './analyse';
import { knownNames, parseName } from './families/names';
import { networkOf } from './families/table';
import { pathsOf } from './paths';
import { PUBLISHED } from './families/published';
import { receptiveFields } from './receptive';

const analysed = (name: string) => analyse(networkOf(parseName(name)));

describe('paths', () => {
	it('of 54 blocks are 2^54, binomially distributed over their lengths', () => {
		const { count, byLength, shortest, longest } = pathsOf(analysed('cifar-resnet-110'));
		expect(count).toBe(2n ** 54n);
		expect(byLength.reduce((sum, paths) => sum + paths, 0n)).toBe(count);
		expect([shortest, longest]).toEqual([2, 110]);
		expect(byLength[4]).toBe(54n);
		expect(byLength[6]).toBe((54n * 53n) / 2n);
	});

	it('halve with every cut, and a plain network has one', () => {
		const network = analysed('cifar-resnet-20');
		const cut = pathsOf(network, [1, 0, 1, 0, 1, 1, 1, 1, 1]);
		expect(cut.count).toBe(2n ** 7n);
		expect(cut.shortest).toBe(2 + 4);
		expect(pathsOf(analysed('plain-34')).count).toBe(1n);
		expect(pathsOf(analysed('plain-34')).shortest).toBe(34);
	});

	it('count the three layers of a bottleneck', () => {
		const { shortest, longest, count } = pathsOf(analysed('resnet-50'));
		expect([shortest, longest]).toEqual([2, 50]);
		expect(count).toBe(2n ** 16n);
	});
});

describe('receptive fields', () => {
	it.each([
		['vgg-16', 'conv1-2', 5],
		['vgg-16', 'pool5', 212],
		['alexnet', 'conv1', 11],
		['alexnet', 'conv5/pool', 195],
		['resnet-34', 'stem', 7],
		['resnet-34', 'stem/pool', 11],
		['cifar-resnet-20', 'block2/add', 15]
	])('%s: %s sees %i pixels', (name, id, pixels) => {
		expect(receptiveFields(analysed(name)).get(id)).toBe(pixels);
	});

	it('are all of the image behind global pooling', () => {
		expect(receptiveFields(analysed('resnet-34')).get('dense')).toBeNull();
	});
});

it('published figures are of known networks', () => {
	for (const name of Object.keys(PUBLISHED))
		expect(knownNames().concat('cifar-resnet-32')).toContain(name);
});
