/** Puts operations one after another: what all families are written with. */
import type { NetworkNode, Operation } from './description';

/** Where a node stands in the hierarchy. */
export interface Scope {
	readonly stage: string;
	readonly block?: string;
	/** See `NetworkNode.auxiliary`. */
	readonly auxiliary?: true;
}

export interface ConvOptions {
	readonly stride?: number;
	/** Half of the kernel, rounded down, when not given. */
	readonly padding?: number;
	readonly bias?: boolean;
	readonly groups?: number;
}

export class Builder {
	readonly nodes: NetworkNode[] = [];

	/** Appends one operation and returns its id, for the next one to read. */
	put(id: string, inputs: readonly string[], place: Scope, operation: Operation): string {
		this.nodes.push({ id, inputs, ...place, ...operation });
		return id;
	}

	conv(
		id: string,
		from: string,
		place: Scope,
		filters: number,
		kernel: number,
		{ stride = 1, padding = (kernel - 1) >> 1, bias = true, groups = 1 }: ConvOptions = {}
	): string {
		return this.put(id, [from], place, {
			type: 'conv',
			filters,
			kernel: [kernel, kernel],
			stride,
			padding,
			bias,
			...(groups > 1 ? { groups } : {})
		});
	}

	/** A convolution with its bias, and ReLU. */
	convRelu(
		id: string,
		from: string,
		place: Scope,
		filters: number,
		kernel: number,
		options: ConvOptions = {}
	): string {
		return this.relu(`${id}/relu`, this.conv(id, from, place, filters, kernel, options), place);
	}

	relu(id: string, from: string, place: Scope): string {
		return this.put(id, [from], place, { type: 'activation', activation: 'relu' });
	}

	/** @param ceil a window that starts within the input counts although it ends beyond it */
	maxPool(
		id: string,
		from: string,
		place: Scope,
		kernel: number,
		stride: number,
		{ padding = 0, ceil = false } = {}
	): string {
		return this.put(id, [from], place, { type: 'maxPool', kernel, stride, padding, ceil });
	}

	dense(id: string, from: string, place: Scope, units: number): string {
		return this.put(id, [from], place, { type: 'dense', units, bias: true });
	}

	dropout(id: string, from: string, place: Scope, rate: number): string {
		return this.put(id, [from], place, { type: 'dropout', rate });
	}
}

/** Classes of ILSVRC. */
export const IMAGENET_CLASSES = 1000;
