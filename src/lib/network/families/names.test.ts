import { describe, expect, it } from 'vitest';
import { CIFAR_DEFAULTS, type CifarOptions } from './cifar';
import {
	formatName,
	knownNames,
	nearestNames,
	networkOf,
	parseName,
	UnknownNameError
} from './names';

const FULL =
	'cifar-resnet-56?width=8&size=16&channels=1&shortcut=B&activation=tanh&norm=off&init=xavier';

const cifar = (name: string) => {
	const spec = parseName(name);
	if (spec.family !== 'cifar') throw new Error(`${name}: ${spec.family}`);
	return spec.options;
};

describe('parseName', () => {
	it('fills in the paper’s options', () => {
		expect(cifar('cifar-resnet-20')).toEqual(CIFAR_DEFAULTS);
		expect(cifar('cifar-plain-56')).toEqual({
			...CIFAR_DEFAULTS,
			depth: 56,
			shortcut: 'none'
		});
	});

	it('reads every option', () => {
		expect(cifar(FULL)).toEqual({
			depth: 56,
			width: 8,
			size: 16,
			channels: 1,
			shortcut: 'B',
			activation: 'tanh',
			norm: 'none',
			initialisation: 'xavier'
		} satisfies CifarOptions);
	});

	it('takes any depth of 6n + 2', () => {
		expect(cifar('cifar-resnet-98').depth).toBe(98);
	});

	it.each([
		'cifar-resnet-55',
		'cifar-resnet-056',
		'cifar-resnet-1208',
		'cifar-resnet',
		'resnet-56',
		'alexnet-2013',
		'vgg-11',
		'plain-50',
		''
	])('knows no “%s” and names the nearest', (name) => {
		expect(() => parseName(name)).toThrow(UnknownNameError);
		expect(() => parseName(name)).toThrow(`network ${name}: unknown; the nearest are `);
	});

	it.each([
		['cifar-resnet-20?depth=8', /option depth: unknown; expected one of width, size/],
		['cifar-resnet-20?width=8&width=9', /option width: given twice/],
		['cifar-resnet-20?width=wide', /width wide: expected a whole number/],
		['cifar-resnet-20?width', /width : expected a whole number/],
		['cifar-resnet-20?shortcut=D', /shortcut D: expected one of A, B, C/],
		['cifar-resnet-20?shortcut=none', /shortcut none: expected one of A, B, C/],
		['cifar-plain-20?shortcut=A', /shortcut A: a plain network has none/],
		['resnet-34?stride=3x3', /stride 3x3: only bottlenecks/],
		['vgg-16?norm=on', /option norm: unknown; this network has none/],
		['plain-34?order=pre', /order pre: a plain network has none/],
		['cifar-resnet-20?norm=yes', /norm yes: expected one of on, off/],
		['cifar-resnet-20?init=zero', /init zero: expected one of he, xavier/]
	])('%s names the option and its value', (name, message) => {
		expect(() => parseName(name)).toThrow(message);
	});
});

describe('formatName', () => {
	it.each([
		FULL,
		'cifar-plain-8',
		'cifar-resnet-20?order=pre',
		'resnet-50?shortcut=A&stride=3x3&order=pre',
		'cifar-resnet-110',
		'cifar-plain-20?norm=off',
		...knownNames()
	])('is the inverse of parseName: %s', (name) => {
		expect(formatName(parseName(name))).toBe(name);
	});

	it('leaves defaults out', () => {
		expect(formatName(parseName('cifar-resnet-20?size=32&norm=on&shortcut=A&width=8'))).toBe(
			'cifar-resnet-20?width=8'
		);
	});
});

describe('known names', () => {
	it('are offered nearest depth first when as many letters differ', () => {
		expect(nearestNames('cifar-plain-57', 3)).toEqual([
			'cifar-plain-56',
			'cifar-plain-44',
			'cifar-plain-32'
		]);
	});

	it('all build', () => {
		for (const name of knownNames()) expect(networkOf(parseName(name)).name).toBe(name);
	});

	it.each([
		['cifar-resnet-57', 'cifar-resnet-56'],
		['CIFAR-ResNet-110', 'cifar-resnet-110'],
		['cifar-palin-20', 'cifar-plain-20'],
		['resnet51', 'resnet-50'],
		['googelnet', 'googlenet']
	])('the nearest of %s is %s', (text, nearest) => {
		expect(nearestNames(text, 3)).toHaveLength(3);
		expect(nearestNames(text, 3)[0]).toBe(nearest);
	});
});
