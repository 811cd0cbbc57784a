/**
 * The CIFAR family of He et al. 2015, §4.2: 6n + 2 layers in three stages of n basic blocks,
 * plain or residual. A function from a few options to a network description.
 */
import type {
	Activation,
	ImageShape,
	Initialisation,
	Network,
	NetworkNode,
	Operation,
	ShortcutOption
} from './description';

/** What a member of the family is told apart by. Plain data: it travels in experiments and links. */
export interface CifarOptions {
	/** 6n + 2 with n ≥ 1: 8, 14, 20, … 1202. */
	readonly depth: number;
	/** Channels of the first stage; the second has twice, the third four times as many. The paper: 16. */
	readonly width: number;
	/** Height and width of the square input. The paper: 32. */
	readonly size: number;
	/** Channels of the input. The paper: 3. */
	readonly channels: number;
	readonly shortcut: ShortcutOption;
	readonly activation: Activation;
	readonly batchNorm: boolean;
	readonly initialisation: Initialisation;
}

/** The paper's residual network with 20 layers. */
export const CIFAR_DEFAULTS: CifarOptions = {
	depth: 20,
	width: 16,
	size: 32,
	channels: 3,
	shortcut: 'A',
	activation: 'relu',
	batchNorm: true,
	initialisation: 'he'
};

export const MAX_CIFAR_DEPTH = 1202;
const CLASSES = 10;

/** Whether the family has a member of this depth: 6n + 2, from 8 to 1202. */
export function isCifarDepth(depth: number): boolean {
	return Number.isInteger(depth) && depth >= 8 && depth <= MAX_CIFAR_DEPTH && (depth - 2) % 6 === 0;
}

/** The name in links and on the command line: `cifar-plain-56`, `cifar-resnet-56`. */
export function cifarName(options: Pick<CifarOptions, 'depth' | 'shortcut'>): string {
	return `cifar-${options.shortcut === 'none' ? 'plain' : 'resnet'}-${options.depth}`;
}

/**
 * Builds the description of one plain or residual network.
 * @throws RangeError naming the option, its value and what is allowed
 */
export function cifarNetwork(options: CifarOptions): Network {
	check(options);
	const { depth, width, size, channels, shortcut, activation, batchNorm } = options;
	const blocksPerStage = (depth - 2) / 6;
	const input: ImageShape = [size, size, channels];
	const nodes: NetworkNode[] = [];

	/** Appends one operation and returns its id, for the next one to read. */
	function put(
		id: string,
		inputs: string[],
		place: { stage: string; block?: string },
		operation: Operation
	): string {
		nodes.push({ id, inputs, ...place, ...operation });
		return id;
	}

	function convolution(
		id: string,
		from: string,
		place: { stage: string; block?: string },
		filters: number,
		kernel: number,
		stride: number
	): string {
		const conv = put(id, [from], place, {
			type: 'conv',
			filters,
			kernel: [kernel, kernel],
			stride,
			padding: (kernel - 1) / 2,
			bias: !batchNorm
		});
		return batchNorm ? put(`${id}/norm`, [conv], place, { type: 'batchNorm' }) : conv;
	}

	const image = put('input', [], { stage: 'stem' }, { type: 'input' });
	const stem = convolution('stem', image, { stage: 'stem' }, width, 3, 1);
	let x = put('stem/activation', [stem], { stage: 'stem' }, { type: 'activation', activation });

	let channelsIn = width;
	for (let stage = 0; stage < 3; stage++) {
		const filters = width * 2 ** stage;
		for (let i = 0; i < blocksPerStage; i++) {
			const block = `block${stage * blocksPerStage + i}`;
			const place = { stage: `stage${stage + 1}`, block };
			const stride = stage > 0 && i === 0 ? 2 : 1;
			const changes = stride !== 1 || channelsIn !== filters;
			const first = convolution(`${block}/conv1`, x, place, filters, 3, stride);
			const middle = put(`${block}/conv1/activation`, [first], place, {
				type: 'activation',
				activation
			});
			let y = convolution(`${block}/conv2`, middle, place, filters, 3, 1);
			if (shortcut !== 'none') {
				let identity = x;
				if (shortcut === 'C' || (shortcut === 'B' && changes))
					identity = convolution(`${block}/projection`, x, place, filters, 1, stride);
				else if (changes)
					identity = put(`${block}/subsample`, [x], place, {
						type: 'subsample',
						stride,
						channels: filters
					});
				y = put(`${block}/add`, [y, identity], place, { type: 'add' });
			}
			x = put(`${block}/activation`, [y], place, { type: 'activation', activation });
			channelsIn = filters;
		}
	}

	const pooled = put('pool', [x], { stage: 'head' }, { type: 'globalAveragePool' });
	put('dense', [pooled], { stage: 'head' }, { type: 'dense', units: CLASSES, bias: true });

	return {
		version: 1,
		name: cifarName(options),
		depth,
		input,
		classes: CLASSES,
		initialisation: options.initialisation,
		nodes
	};
}

function check({ depth, width, size, channels }: CifarOptions): void {
	if (!isCifarDepth(depth))
		throw new RangeError(`depth ${depth}: a CIFAR network has 6n + 2 layers, 8 to 1202`);
	if (!Number.isInteger(width) || width < 1 || width > 1024)
		throw new RangeError(`width ${width}: expected a whole number from 1 to 1024`);
	if (!Number.isInteger(size) || size < 4 || size > 256)
		throw new RangeError(`size ${size}: expected a whole number of pixels from 4 to 256`);
	if (!Number.isInteger(channels) || channels < 1 || channels > 16)
		throw new RangeError(`channels ${channels}: expected a whole number from 1 to 16`);
}
