import { describe, expect, it } from 'vitest';
import { CIFAR_DEFAULTS, type CifarOptions } from './cifar';
import { formatName, knownNames, nearestNames, parseName, UnknownNameError } from './names';
import { networkOf } from './table';

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
		'resnet-57',
		'alexnet-2013',
		'vgg-11',
		'plain-50',
		''
	])('knows no “%s” and names the nearest', (name) => {
		expect(() => parseName(name)).toThrow(UnknownNameError);
		expect(() => parseName(name)).toThrow(`network ${name}: unknown; the nearest are `);
	});

	it.each([
		['resnet34', 'resnet-34'],
		['ResNet-34', 'resnet-34'],
		['ResNet 34', 'resnet-34'],
		['resnet_34', 'resnet-34'],
		['RESNET34', 'resnet-34'],
		['ＲｅｓＮｅｔ－３４', 'resnet-34'],
		['Resnet–34', 'resnet-34'],
		['ResNetー34', 'resnet-34'],
		['34-layer residual', 'resnet-34'],
		['34-layer plain', 'plain-34'],
		['ResNet-34 layers', 'resnet-34'],
		['残差网络-34', 'resnet-34'],
		['34层残差网络', 'resnet-34'],
		['普通-34', 'plain-34'],
		['plainnet18', 'plain-18'],
		['ResNet50', 'resnet-50'],
		['resnet50v1', 'resnet-50'],
		['ResNet-50 v1.5', 'resnet-50?stride=3x3'],
		['ResNet101V2', 'resnet-101?order=pre'],
		['PreAct-ResNet-18', 'resnet-18?order=pre'],
		['preresnet20', 'cifar-resnet-20?order=pre'],
		['vgg16', 'vgg-16'],
		['VGG-16', 'vgg-16'],
		['VGG Net 19', 'vgg-19'],
		['AlexNet', 'alexnet'],
		['AlexNet (2012)', 'alexnet-2012'],
		['GoogLeNet', 'googlenet'],
		['inception v1', 'googlenet'],
		['Inception-V1', 'googlenet'],
		['resnet20', 'cifar-resnet-20'],
		['ResNet-56', 'cifar-resnet-56'],
		['resnet-1202', 'cifar-resnet-1202'],
		['plain20', 'cifar-plain-20'],
		['residual-56', 'cifar-resnet-56'],
		['ResNet-20 (CIFAR-10)', 'cifar-resnet-20'],
		['cifar10_resnet_50', 'cifar-resnet-50'],
		['resnet50 for cifar', 'cifar-resnet-50'],
		['CifarResNet20?Width=8&SIZE=１６', 'cifar-resnet-20?width=8&size=16'],
		[
			'resnet20?activation=LeakyReLU&shortcut=b',
			'cifar-resnet-20?shortcut=B&activation=leaky-relu'
		],
		['resnet20?dropout=.4', 'cifar-resnet-20?dropout=0.4']
	])('understands %s as %s', (text, name) => {
		expect(formatName(parseName(text))).toBe(name);
	});

	it.each([
		'resnet',
		'vgg',
		'inception',
		'inception v3',
		'vgg16_bn',
		'plain-50',
		'resnet100',
		'lenet'
	])('takes %s for no network, and names the nearest', (text) =>
		expect(() => parseName(text)).toThrow(UnknownNameError)
	);

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
