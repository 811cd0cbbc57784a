/** What the networks of an experiment have in common and in what they differ: what their code says, and what it takes as arguments. */
import type { CifarOptions } from '$lib/network';

/** A network with the name of the function that builds it. */
export interface NamedNetwork {
	/** `residual_20`: a Python name. */
	readonly name: string;
	readonly options: CifarOptions;
	/** What each block's shortcut is multiplied by; all 1 when absent. */
	readonly gates?: readonly number[];
}

/** What some networks have and others have not becomes an argument; what all have is written down. */
export interface Uses {
	readonly shortcuts: ReadonlySet<CifarOptions['shortcut']>;
	readonly norm: 'all' | 'none' | 'some';
	/** The one that all have, or null. */
	readonly activation: CifarOptions['activation'] | null;
	readonly activations: ReadonlySet<CifarOptions['activation']>;
	readonly order: 'post' | 'pre' | 'both';
	readonly dropout: boolean;
	/** Some shortcut is not whole. */
	readonly gated: boolean;
	readonly initialisations: ReadonlySet<CifarOptions['initialisation']>;
}

/** Of one network or of several that one module holds. */
export function usesOf(networks: readonly NamedNetwork[]): Uses {
	const all = networks.map(({ options }) => options);
	const activations = new Set(all.map(({ activation }) => activation));
	const pre = all.filter(({ order }) => order === 'pre').length;
	const norms = all.filter(({ batchNorm }) => batchNorm).length;
	const kind = <T>(count: number, none: T, every: T, some: T) =>
		count === 0 ? none : count === all.length ? every : some;
	return {
		shortcuts: new Set(all.map(({ shortcut }) => shortcut)),
		norm: kind(norms, 'none', 'all', 'some'),
		activation: activations.size === 1 ? [...activations][0] : null,
		activations,
		order: kind(pre, 'post', 'pre', 'both'),
		dropout: all.some(({ dropout }) => dropout),
		gated: networks.some(({ gates }) => gates?.some((gate) => gate !== 1) ?? false),
		initialisations: new Set(all.map(({ initialisation }) => initialisation))
	};
}

/** What a module of theirs says of itself, as lines of Python. */
export const familyDoc = (networks: readonly NamedNetwork[]): string[] => [
	`"""${networks.map(({ name }) => name).join(', ')}: networks of the family of He et al. 2015, section 4.2.`,
	'',
	'Three stages of n blocks with two 3x3 convolutions each; the first block of the second and third',
	'stage halves the map and doubles the channels. With stem and dense layer: 6n + 2 layers.',
	'"""'
];

/** By their names, as the last lines of such a module have them. */
export const registry = (networks: readonly NamedNetwork[]): string[] => [
	'NETWORKS = {',
	...networks.map(({ name }) => `    "${name}": ${name},`),
	'}'
];
