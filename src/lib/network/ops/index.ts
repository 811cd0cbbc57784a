/**
 * The operations of networks, defined in one file each. Other folders have tables with one entry per operation, typed
 * by `OpType`, so that a new operation is a type error wherever its entry is missing.
 */
import { activation, type Activated } from './activation';
import { add } from './add';
import { averagePool, type AveragePool } from './averagePool';
import { batchNorm } from './batchNorm';
import { concat } from './concat';
import { conv, type Conv } from './conv';
import type { NoFields, OpDef } from './definition';
import { dense, type Dense } from './dense';
import { dropout, type Dropout } from './dropout';
import { flatten } from './flatten';
import { globalAveragePool } from './globalAveragePool';
import { groupNorm, groupNormOf, type GroupNorm } from './groupNorm';
import { input } from './input';
import { lrn, type Lrn } from './lrn';
import { maxPool, type MaxPool } from './maxPool';
import { multiply, type Multiply } from './multiply';
import { scale, type Scale } from './scale';
import { subsample, type Subsample } from './subsample';

/** The fields of each operation. */
interface Fields {
	input: NoFields;
	conv: Conv;
	maxPool: MaxPool;
	averagePool: AveragePool;
	lrn: Lrn;
	dropout: Dropout;
	concat: NoFields;
	flatten: NoFields;
	batchNorm: NoFields;
	groupNorm: GroupNorm;
	activation: Activated;
	subsample: Subsample;
	add: NoFields;
	multiply: Multiply;
	scale: Scale;
	globalAveragePool: NoFields;
	dense: Dense;
}

export type OpType = keyof Fields;

/** An operation of the given types, by default of any. */
export type Operation<T extends OpType = OpType> = {
	[K in T]: { readonly type: K } & Fields[K];
}[T];

export const OPS: { readonly [T in OpType]: OpDef<Fields[T]> } = {
	input,
	conv,
	maxPool,
	averagePool,
	lrn,
	dropout,
	concat,
	flatten,
	batchNorm,
	groupNorm,
	activation,
	subsample,
	add,
	multiply,
	scale,
	globalAveragePool,
	dense
};

/** A choice of normalisation for a whole network. */
interface Normalisation {
	/** The option in names of networks: `norm=off`. */
	readonly option: string;
	/** Returns the operation after a convolution with the given channels; null for no normalisation, in which case convolutions have biases. */
	readonly operation: ((channels: number) => Operation) | null;
}

const NORM_TABLE = {
	batch: { option: 'on', operation: () => ({ type: 'batchNorm' }) },
	none: { option: 'off', operation: null },
	group: { option: 'group', operation: groupNormOf },
	// Over all channels and pixels of an image: group normalisation with one group (Ba et al. 2016; Wu and He 2018, §3).
	layer: { option: 'layer', operation: () => ({ type: 'groupNorm', groups: 1 }) }
} as const satisfies Readonly<Record<string, Normalisation>>;

export type Norm = keyof typeof NORM_TABLE;

/** All normalisations, in the order in which they are offered. */
export const NORMS = Object.keys(NORM_TABLE) as Norm[];

export const NORMALISATIONS: Readonly<Record<Norm, Normalisation>> = NORM_TABLE;

export { ACTIVATIONS, LEAKY_SLOPE, type Activation } from './activation';
export { product, type Derived, type NoFields, type Shape, type SlidingWindow } from './definition';
