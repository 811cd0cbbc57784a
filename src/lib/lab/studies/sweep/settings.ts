/** The numeric settings that a sweep varies. A value changes an option of every network, or the recipe. */
import * as v from 'valibot';
import { isCifarDepth } from '$lib/network';
import { LAB_DEPTHS, MAX_LAB_DEPTH } from '../../depths';
import { LIMITS } from '../../limits';

const within = ([least, most]: readonly [number, number]) =>
	v.pipe(v.number(), v.minValue(least), v.maxValue(most));
const whole = (bounds: readonly [number, number]) => v.pipe(within(bounds), v.integer());
const depth = v.pipe(
	v.number(),
	v.check(isCifarDepth, (issue) => `expected 6n + 2, received ${issue.received}`),
	v.maxValue(MAX_LAB_DEPTH)
);

interface SettingEntry {
	/** What a value changes. */
	readonly of: 'network' | 'recipe';
	/** Checks a value. */
	readonly value: v.GenericSchema<number, number>;
	/** The values that forms offer, and those chosen at first. */
	readonly all: readonly number[];
	readonly first: readonly number[];
}

export const SWEEP_SETTINGS = {
	depth: { of: 'network', value: depth, all: LAB_DEPTHS, first: [8, 14, 20, 32] },
	width: { of: 'network', value: whole(LIMITS.width), all: [2, 4, 8, 16, 32], first: [4, 8, 16] },
	learningRate: {
		of: 'recipe',
		value: within(LIMITS.learningRate),
		all: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3],
		first: [0.01, 0.03, 0.1]
	},
	batch: {
		of: 'recipe',
		value: whole(LIMITS.batch),
		all: [8, 16, 32, 64, 128],
		first: [16, 64]
	},
	momentum: {
		of: 'recipe',
		value: within(LIMITS.momentum),
		all: [0, 0.5, 0.9, 0.95, 0.99],
		first: [0, 0.5, 0.9]
	},
	weightDecay: {
		of: 'recipe',
		value: within(LIMITS.weightDecay),
		all: [0, 0.0001, 0.001, 0.01, 0.1],
		first: [0, 0.0001, 0.001, 0.01]
	},
	dropout: {
		of: 'network',
		value: within(LIMITS.dropout),
		all: [0, 0.1, 0.2, 0.3, 0.5],
		first: [0, 0.2, 0.5]
	}
} as const satisfies Record<string, SettingEntry>;

export type SweepSetting = keyof typeof SWEEP_SETTINGS;
export const SWEEP_SETTING_NAMES = Object.keys(SWEEP_SETTINGS) as SweepSetting[];

/** The schema of a setting with the values that it takes. */
export const axisSchema = <Name extends string, T extends string | number>(
	setting: Name,
	value: v.GenericSchema<T, T>
) =>
	v.strictObject({
		setting: v.literal(setting),
		values: valuesSchema(value)
	});

const valuesSchema = <T extends string | number>(value: v.GenericSchema<T, T>) =>
	v.pipe(
		v.array(value),
		v.minLength(1),
		v.maxLength(20),
		v.check((values) => new Set(values).size === values.length, 'expected each value once')
	);

/** The schema of each numeric setting with its values, for `v.variant`. */
export const NUMERIC_AXES = SWEEP_SETTING_NAMES.map((name) =>
	axisSchema<SweepSetting, number>(name, SWEEP_SETTINGS[name].value)
);

/** The most networks, or pairs of them, that one sweep trains. */
export const MOST_RUNS = 500;

/** How many a sweep trains: one for every combination of values and every seed. */
export const runCount = ({
	axes,
	seeds
}: {
	readonly axes: readonly { readonly values: readonly unknown[] }[];
	readonly seeds: number;
}): number => axes.reduce((count, { values }) => count * values.length, seeds);

export const depthsSchema = valuesSchema(depth);
