/** Appends operations one after another; all families are built with it. */
import { entry } from '$lib/base/entry';
import type { Group, Network, NetworkNode, NodePlace } from './description';
import type { Operation } from './ops';

export interface ConvOptions {
	readonly stride?: number;
	/** Zero padding on each side; half of the kernel, rounded down, when absent. */
	readonly padding?: number;
	readonly bias?: boolean;
	readonly groups?: number;
	readonly initialBias?: number;
}

export class Builder {
	readonly #nodes: NetworkNode[] = [];
	readonly #groups: Record<string, Group> = {};
	/** Channels of each node's output, by id; 0 for the image, which the builder does not know. */
	readonly #channels = new Map<string, number>();

	/** Returns everything appended so far as a network. */
	network(about: Omit<Network, 'version' | 'groups' | 'nodes'>): Network {
		return { version: 1, ...about, groups: this.#groups, nodes: this.#nodes };
	}

	/** The place of a node in a stage, outside blocks. */
	stage(kind: 'stem' | 'stage' | 'head', number?: number): NodePlace {
		return { stage: this.#group(kind, String(number ?? '')) };
	}

	/** The place of a node in a block of a stage. */
	block(
		{ stage }: NodePlace,
		kind: 'block' | 'inception' | 'auxiliary',
		label: string | number
	): NodePlace & { readonly block: string } {
		return { stage, block: this.#group(kind, String(label)) };
	}

	#group(kind: Group['kind'], label: string): string {
		this.#groups[kind + label] = { kind, label };
		return kind + label;
	}

	/** Appends one operation and returns its id, for the next one to read. */
	put(id: string, inputs: readonly string[], place: NodePlace, operation: Operation): string {
		this.#nodes.push({ id, inputs, ...place, ...operation });
		this.#channels.set(id, this.#channelsAfter(operation, inputs));
		return id;
	}

	/** Number of channels that a node puts out. */
	channels(id: string): number {
		return entry(this.#channels, id);
	}

	#channelsAfter(operation: Operation, inputs: readonly string[]): number {
		switch (operation.type) {
			case 'conv':
				return operation.filters;
			case 'dense':
				return operation.units;
			case 'subsample':
				return operation.channels;
			case 'concat':
				return inputs.reduce((sum, input) => sum + this.channels(input), 0);
			default:
				return inputs.length ? this.channels(inputs[0]) : 0;
		}
	}

	conv(
		id: string,
		from: string,
		place: NodePlace,
		filters: number,
		kernel: number,
		{
			stride = 1,
			padding = (kernel - 1) >> 1,
			bias = true,
			groups = 1,
			initialBias = 0
		}: ConvOptions = {}
	): string {
		return this.put(id, [from], place, {
			type: 'conv',
			filters,
			kernel: [kernel, kernel],
			stride,
			padding,
			bias,
			...(groups > 1 ? { groups } : {}),
			...(initialBias ? { initialBias } : {})
		});
	}

	/** Appends a convolution with bias, and a ReLU. */
	convRelu(
		id: string,
		from: string,
		place: NodePlace,
		filters: number,
		kernel: number,
		options: ConvOptions = {}
	): string {
		return this.relu(`${id}/relu`, this.conv(id, from, place, filters, kernel, options), place);
	}

	relu(id: string, from: string, place: NodePlace): string {
		return this.put(id, [from], place, { type: 'activation', activation: 'relu' });
	}

	/** @param ceil whether a window that starts inside the input counts even if it ends outside */
	maxPool(
		id: string,
		from: string,
		place: NodePlace,
		kernel: number,
		stride: number,
		{ padding = 0, ceil = false } = {}
	): string {
		return this.put(id, [from], place, { type: 'maxPool', kernel, stride, padding, ceil });
	}

	dense(id: string, from: string, place: NodePlace, units: number): string {
		return this.put(id, [from], place, { type: 'dense', units, bias: true });
	}

	dropout(id: string, from: string, place: NodePlace, rate: number): string {
		return this.put(id, [from], place, { type: 'dropout', rate });
	}
}

/** Input shape and number of classes of ILSVRC. */
export const IMAGENET = { input: [224, 224, 3], classes: 1000 } as const;
