/**
 * What the class-sized relatives of the famous networks have in common: they take small images, have few channels, and
 * train in a browser within a lesson. Their options are spelled as those of the CIFAR family.
 */
import type { Initialisation, Network } from '../description';
import type { Activation, Norm } from '../ops';
import { CIFAR_BOUNDS, STYLE_SPELLINGS } from './cifar';
import { OptionError, whole, type Family, type Spelling, type Value } from './family';
import type { Style } from './styled';

export interface MiniOptions extends Style {
	/** Channels of the first layer; later ones have multiples of it. */
	readonly width: number;
	/** Height and width of the square input. */
	readonly size: number;
	/** Channels of the input. */
	readonly channels: number;
	readonly activation: Activation;
	readonly norm: Norm;
	readonly initialisation: Initialisation;
	readonly classes: number;
}

export const MINI_DEFAULTS: MiniOptions = {
	width: 16,
	size: 32,
	channels: 3,
	activation: 'relu',
	norm: 'batch',
	initialisation: 'he',
	classes: 10
};

const MINI_SPELLINGS: { readonly [F in keyof MiniOptions]: Spelling } = {
	width: whole([1, 256]),
	// Three times halved, at least one pixel is left.
	size: whole([8, CIFAR_BOUNDS.size[1]]),
	channels: whole(CIFAR_BOUNDS.channels),
	...STYLE_SPELLINGS,
	classes: whole(CIFAR_BOUNDS.classes)
};

/** Depths from `first` in steps of `step`: 9n + 2, 6n + 2, … */
export const depthsFrom = (first: number, step: number, last: number): number[] =>
	Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => first + i * step);

interface Mini<Options extends MiniOptions> extends Pick<
	Family<Options>,
	'source' | 'words' | 'conflict'
> {
	readonly name: string;
	/** Options that others do not have. */
	readonly own: { readonly [F in Exclude<keyof Options, keyof MiniOptions>]: Spelling };
	readonly defaults: Options;
	/** Builds a member from options that have been checked. */
	build(
		options: Options,
		about: Pick<Network, 'name' | 'input' | 'classes' | 'initialisation'>
	): Network;
}

/** A family whose members have one name and differ in its options. */
export function miniFamily<Options extends MiniOptions>(mini: Mini<Options>): Family<Options> {
	const { name, own, build, ...rest } = mini;
	const spellings = { ...own, ...MINI_SPELLINGS };
	return {
		...rest,
		spellings,
		offered: [name],
		member: (base) => (base === name ? {} : null),
		base: () => name,
		build(options) {
			for (const [field, spelling] of Object.entries<Spelling>(spellings)) {
				const value = spelling.write(options[field as keyof Options] as Value);
				if (spelling.read(value) !== undefined) continue;
				const { name: option = field, expected } = spelling;
				throw new OptionError({ code: 'option-value', option, value, expected });
			}
			const conflict = mini.conflict?.(options);
			if (conflict) throw new OptionError(conflict);
			const { size, channels, classes, initialisation } = options;
			return build(options, { name, input: [size, size, channels], classes, initialisation });
		}
	};
}
