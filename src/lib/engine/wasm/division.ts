/**
 * How threads share the call of a kernel: in parts, each a range of images or of slices of the batch. No number depends on
 * the parts: sums over a batch begin as sums over each image, and a kernel's gradient as sums over a few slices. So
 * results are bit-identical on any number of threads.
 */
import { PARAMETERS, type KernelName, type KernelParameter, type Kernels } from './kernels';

interface Division<Name extends KernelName> {
	/** The parameter that counts what is divided. */
	readonly along: KernelParameter<Name>;
	/**
	 * By how much parameters grow with each: a number, or the parameter that holds it. A parameter of 0 stays 0, because
	 * as a pointer it means "none".
	 */
	readonly moves: { readonly [P in KernelParameter<Name>]?: KernelParameter<Name> | number };
	/** Pointers to memory that each thread has for itself, and the parameters that hold the distance between threads. */
	readonly own?: { readonly [P in KernelParameter<Name>]?: KernelParameter<Name> };
	/** Whether each part reads all that the call reads: then a thread gets only one. */
	readonly whole?: true;
}

/** The kernels that are worth sharing; null for those that run on one thread. */
const DIVISIONS: { readonly [Name in KernelName]: Division<Name> | null } = {
	conv: { along: 'images', moves: { x: 'xImage', y: 'yImage' } },
	convKernelGrad: { along: 'slices', moves: { number: 1 } },
	winograd: {
		along: 'images',
		moves: { x: 'xImage', y: 'yImage' },
		own: { scratch: 'scratchBytes' }
	},
	winogradKernelGrad: {
		along: 'slices',
		moves: { number: 1 },
		own: { scratch: 'scratchBytes' }
	},
	packWinograd: null,
	packKernel: null,
	unpadKernel: null,
	widen: null,
	channelSums: { along: 'images', moves: { y: 'image', sums: 'sumsImage' } },
	addSums: null,
	addSlices: null,
	combine: { along: 'images', moves: { y: 'image', z: 'image', shortcut: 'sImage' } },
	clearPadding: { along: 'images', moves: { z: 'image' } },
	combineGradSums: {
		along: 'images',
		moves: { dz: 'image', z: 'image', y: 'image', sums: 'sumsImage', products: 'sumsImage' }
	},
	combineGrad: { along: 'images', moves: { dz: 'image', z: 'image', y: 'image', dy: 'image' } },
	subsampleGrad: { along: 'images', moves: { small: 'smallImage', large: 'largeImage' } },
	mapSums: { along: 'images', moves: { z: 'image', sums: 16 } },
	deadChannels: null,
	histogram: {
		along: 'images',
		moves: { z: 'image' },
		own: { counts: 'countsBytes' }
	},
	pool: { along: 'images', moves: { x: 'xImage', z: 'image' } },
	poolGrad: {
		along: 'images',
		moves: { dz: 'image', x: 'xImage', z: 'image', dx: 'xImage' }
	},
	lrn: {
		along: 'images',
		moves: { x: 'image', z: 'image' },
		own: { scratch: 'scratchBytes' }
	},
	lrnGrad: {
		along: 'images',
		moves: { dz: 'image', x: 'image', dx: 'image' },
		own: { scratch: 'scratchBytes' }
	},
	clear: { along: 'images', moves: { z: 'image' } },
	copyChannels: { along: 'images', moves: { from: 'fromImage', to: 'toImage' } },
	multiply: { along: 'images', moves: { a: 'image', b: 'bImage', z: 'image' } },
	multiplySums: { along: 'images', moves: { a: 'image', b: 'image', z: 'zImage' } },
	scale: { along: 'images', moves: { x: 'image', z: 'image' } },
	mapProduct: { along: 'images', moves: { a: 'image', b: 'image', sums: 8 } },
	drop: { along: 'images', moves: { x: 'image', z: 'image', number: 1 } },
	dense: { along: 'images', moves: { x: 'xImage', y: 'yImage' }, whole: true },
	denseKernelGrad: null,
	denseInputGrad: { along: 'images', moves: { dy: 'yImage', dx: 'xImage' }, whole: true },
	crossEntropy: null,
	update: null,
	norm: null
};

/** The argument that grows, and by how much. */
interface Move {
	readonly at: number;
	readonly by: (args: readonly number[]) => number;
}

/** A division with the places of its parameters among the arguments. */
export interface Divided {
	/** Index of the kernel, by which threads name it. */
	readonly kernel: number;
	readonly along: number;
	/** Places of the parameters whose product says how much there is to do. */
	readonly counts: readonly number[];
	readonly whole: boolean;
	readonly moves: readonly Move[];
	readonly own: readonly Move[];
}

/** The numbers of a kernel's innermost computations are the product of these parameters. */
const COUNTS: ReadonlySet<string> = new Set(
	'images rows columns channels channelsIn channelsOut tapCount inputs outputs'.split(' ')
);

export const KERNEL_NAMES = Object.keys(PARAMETERS) as KernelName[];

/** Calls a kernel by its index in `KERNEL_NAMES`. */
export type CallByIndex = (kernel: number, args: readonly number[]) => void;

export function byIndex(kernels: Kernels): CallByIndex {
	const all = KERNEL_NAMES.map((name) => kernels[name]);
	return (kernel, args) => void all[kernel](...args);
}

/** Calls `divide` in the place of each kernel that can be shared. */
export function sharing(
	kernels: Kernels,
	divide: (how: Divided, args: readonly number[]) => void
): Kernels {
	const shared = { ...kernels };
	for (const [kernel, name] of KERNEL_NAMES.entries()) {
		const division: Division<KernelName> | null = DIVISIONS[name];
		if (!division) continue;
		const names: readonly string[] = PARAMETERS[name].split(' ');
		const movesOf = (moves: Readonly<Record<string, string | number>>): Move[] =>
			Object.entries(moves).map(([parameter, by]) => {
				const from = typeof by === 'string' ? names.indexOf(by) : -1;
				return {
					at: names.indexOf(parameter),
					by: (args) => (typeof by === 'number' ? by : args[from])
				};
			});
		const how: Divided = {
			kernel,
			along: names.indexOf(division.along),
			counts: names.flatMap((parameter, i) => (COUNTS.has(parameter) ? i : [])),
			whole: division.whole ?? false,
			moves: movesOf(division.moves),
			own: movesOf(division.own ?? {})
		};
		shared[name] = (...args) => {
			divide(how, args);
			return 0;
		};
	}
	return shared;
}
