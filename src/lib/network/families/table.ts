/** All families of networks by name, in the order in which they are offered. */
import type { Network } from '../description';
import { alexnet } from './alexnet';
import { alexnetMini } from './alexnetMini';
import { bottleneckMini } from './bottleneckMini';
import { cifar } from './cifar';
import { densenetMini } from './densenetMini';
import type { Family } from './family';
import { googlenet } from './googlenet';
import { googlenetMini } from './googlenetMini';
import { highwayMini } from './highwayMini';
import type { MiniOptions } from './mini';
import { resnet } from './resnet';
import { resnextMini } from './resnextMini';
import { rezeroMini } from './rezeroMini';
import { seMini } from './seMini';
import { stochasticMini } from './stochasticMini';
import { vgg } from './vgg';
import { vggMini } from './vggMini';
import { wideMini } from './wideMini';

const TABLE = {
	alexnet,
	vgg,
	googlenet,
	resnet,
	cifar,
	'alexnet-mini': alexnetMini,
	'vgg-mini': vggMini,
	'googlenet-mini': googlenetMini,
	'bottleneck-mini': bottleneckMini,
	'highway-mini': highwayMini,
	'wide-mini': wideMini,
	'stochastic-mini': stochasticMini,
	'resnext-mini': resnextMini,
	'densenet-mini': densenetMini,
	'se-mini': seMini,
	'rezero-mini': rezeroMini
};

export type FamilyName = keyof typeof TABLE;

/** The options of each family. */
export type FamilyOptions = {
	[F in FamilyName]: (typeof TABLE)[F] extends Family<infer Options> ? Options : never;
};

export const FAMILIES: { readonly [F in FamilyName]: Family<FamilyOptions[F]> } = TABLE;

export const FAMILY_NAMES = Object.keys(FAMILIES) as FamilyName[];

/** A network as a family with options; by default of any family. */
export type NetworkSpec<F extends FamilyName = FamilyName> = {
	[K in F]: { readonly family: K; readonly options: FamilyOptions[K] };
}[F];

/** The families whose members train in a browser within a lesson, apart from the CIFAR family. */
export type MiniName = {
	[F in FamilyName]: FamilyOptions[F] extends MiniOptions ? F : never;
}[FamilyName];

/** The description of a network. @throws RangeError naming an option that is out of bounds */
export const networkOf = <F extends FamilyName>({ family, options }: NetworkSpec<F>): Network =>
	FAMILIES[family].build(options);

/** The names of the class-sized families, apart from the CIFAR family. */
export const MINI_NAMES = FAMILY_NAMES.filter((name): name is MiniName => name.endsWith('-mini'));

/** Whether a name without options is that of a class-sized family, apart from the CIFAR family. */
export const isMiniName = (name: unknown): name is MiniName =>
	(MINI_NAMES as readonly unknown[]).includes(name);

/** Whether a network is of a class-sized family, apart from the CIFAR family. */
export const isMini = (spec: NetworkSpec): spec is NetworkSpec<MiniName> => isMiniName(spec.family);
