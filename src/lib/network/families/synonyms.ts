/** The spellings of networks' names in papers, libraries, the lab and both languages of the app. */
import { compact } from '$lib/base/address';
import { cifarName, isCifarDepth } from './cifar';
import { PLAIN_DEPTHS, RESNET_DEPTHS, resNetName } from './resnet';
import { FAMILIES, FAMILY_NAMES } from './table';

/** Other spellings, reduced to letters and digits, of networks without options. */
const FIXED: readonly (readonly [spelling: RegExp, name: string])[] = [
	[/^alexnet(?:2014|owt|oneweirdtrick)?$/, 'alexnet'],
	[/^(?:bvlc|caffe)?alexnet(?:2012)?$/, 'alexnet-2012'],
	[/^vgg(?:net)?(?:16(?:layers?)?|d)$|^16layervgg(?:net)?$/, 'vgg-16'],
	[/^vgg(?:net)?(?:19(?:layers?)?|e)$|^19layervgg(?:net)?$/, 'vgg-19'],
	[/^(?:bvlc)?googlenet(?:v1)?$|^inceptionv?1$/, 'googlenet'],
	...FAMILY_NAMES.flatMap((family) => {
		const { words } = FAMILIES[family];
		return words ? [[new RegExp(`^(?:mini(?:${words})|(?:${words})mini)$`), family] as const] : [];
	})
];

/** Words for the kinds of residual and plain networks, and the option that a word stands for. */
const KINDS: readonly { words: string; plain?: true; option?: string }[] = [
	{ words: 'pre(?:act(?:ivation)?)?resnet|resnetv2', option: 'order=pre' },
	{ words: 'resnet(?:v1)?|residual(?:net(?:work)?)?|残差(?:网络|网)?' },
	{ words: 'plain(?:net(?:work)?)?|普通(?:网络|网)?', plain: true }
];
/** Versions that libraries append: 1.5 halves the map in the 3×3 convolution, 2 has pre-activation. */
const VERSIONS: Readonly<Record<string, string>> = { v15: 'stride=3x3', v2: 'order=pre' };
const CIFAR = '(?:for)?(cifar(?:10)?)?';

/**
 * The name without options of the network that a text means, with the options that its spelling stands for:
 * `ResNet 34` is `resnet-34`, `resnet20` is `cifar-resnet-20`, `PreAct ResNet-18` is `resnet-18?order=pre`.
 * @returns null if it is no network
 */
export function nameOf(text: string): { name: string; options: string[] } | null {
	const letters = compact(text);
	const fixed = FIXED.find(([spelling]) => spelling.test(letters));
	if (fixed) return { name: fixed[1], options: [] };
	for (const { words, plain = false, option } of KINDS) {
		const before = `^${CIFAR}(?:${words})(\\d+)(?:layers?|层)?(v1|v15|v2)?${CIFAR}$`;
		const after = `^${CIFAR}(\\d+)(?:layers?|层)(?:的)?(?:${words})()${CIFAR}$`;
		const [, first, digits, version, last] =
			new RegExp(before).exec(letters) ?? new RegExp(after).exec(letters) ?? [];
		const name = digits === String(Number(digits)) && named(plain, Number(digits), first ?? last);
		if (!name) continue;
		const versioned = version ? VERSIONS[version] : undefined;
		return { name, options: [option, versioned].filter((own) => own !== undefined) };
	}
	return null;
}

/** The depths of ImageNet's networks are theirs; others are those of the CIFAR family. */
function named(plain: boolean, depth: number, cifar: string | undefined): string | null {
	const shortcut = plain ? 'none' : 'A';
	const imagenet = RESNET_DEPTHS.find((own) => own === depth);
	if (!cifar && imagenet) {
		if (plain && !PLAIN_DEPTHS.includes(imagenet)) return null;
		return resNetName({ depth: imagenet, shortcut });
	}
	return isCifarDepth(depth) ? cifarName({ depth, shortcut }) : null;
}
