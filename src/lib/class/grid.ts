/**
 * A sweep for many machines: one network trained with every combination of up to three settings' values, and with
 * several seeds. Each combination with one seed is a job.
 */
import { strToU8 } from 'fflate';
import * as v from 'valibot';
import { hashOf } from '$lib/base/hashBytes';
import type { Immutable } from '$lib/base/immutable';
import { ACTIVATIONS, INITIALISATIONS, MINI_NAMES, NORMS } from '$lib/network';
import { changeKind, changeLanes, type Experiment } from '$lib/lab/experiment/experiment';
import { inOrder } from '$lib/lab/experiment/link';
import { stepWork } from '$lib/lab/experiment/pace';
import { checkExperiment, experimentSchema } from '$lib/lab/experiment/schema';
import { withSetting } from '$lib/lab/experiment/sweep';
import { axisSchema, NUMERIC_AXES, runCount } from '$lib/lab/studies/sweep/settings';
import { LIMITS } from './limits';

const whole = (least: number, most: number) =>
	v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));

const axisSchemas = v.variant('setting', [
	...NUMERIC_AXES,
	/** By its shortcuts, `none` for plain, or of another family. */
	axisSchema('kind', v.picklist(['none', 'A', 'B', 'C', ...MINI_NAMES] as const)),
	axisSchema('norm', v.picklist(NORMS)),
	axisSchema('activation', v.picklist(ACTIVATIONS)),
	axisSchema('initialisation', v.picklist(INITIALISATIONS))
]);
export type Axis = Immutable<v.InferOutput<typeof axisSchemas>>;
export type Setting = Axis['setting'];

export const gridSchema = v.pipe(
	v.strictObject({
		/** What is trained; of its networks only the first counts. */
		base: experimentSchema,
		axes: v.pipe(v.array(axisSchemas), v.minLength(1), v.maxLength(3)),
		/** Number of seeds; the sweep uses seeds 1 to this. */
		seeds: whole(1, 5),
		/** Training steps of every network. */
		steps: whole(1, 100_000)
	}),
	v.check(
		({ axes }) => new Set(axes.map(({ setting }) => setting)).size === axes.length,
		'expected each setting once'
	),
	v.check((grid) => runCount(grid) <= LIMITS.jobs, `expected at most ${LIMITS.jobs} jobs`)
);
export type Grid = Immutable<v.InferOutput<typeof gridSchema>>;

/** An experiment with another value of a setting. The schema has checked that the value is one of the setting's. */
function withValue(e: Experiment, setting: Setting, value: string | number): Experiment {
	switch (setting) {
		case 'kind':
			return changeKind(e, 0, value as Parameters<typeof changeKind>[2]);
		case 'norm':
		case 'activation':
		case 'initialisation':
			return changeLanes(e, { [setting]: value });
		default:
			return withSetting(e, setting, value as number);
	}
}

/** Kinds come before depths, so that a family takes the depth nearest to the one wanted. */
const rank = ({ setting }: Axis) => (setting === 'kind' ? 0 : 1);

/** A network to train. */
export interface Job {
	/** Names its combination and seed within the grid: `2-0-1`. */
	readonly id: string;
	/** The value of each axis. */
	readonly values: readonly (string | number)[];
	readonly seed: number;
	readonly experiment: Experiment;
	/** `experimentId` of the experiment. */
	readonly experimentId: string;
	readonly steps: number;
	/** Its cost in units of `stepWork`. */
	readonly work: number;
}

/** Identifies an experiment by what it contains. */
export const experimentId = (experiment: Experiment): string =>
	hashOf(strToU8(inOrder(checkExperiment(experiment)))).slice(0, 32);

/** Jobs of the grid, those of the first seed first. */
export function jobsOf({ base, axes, seeds, steps }: Grid): Job[] {
	const { plan: _, studies: __, ...rest } = base;
	const single: Experiment = {
		...rest,
		lanes: [{ network: base.lanes[0].network, gates: null }],
		evaluation: { every: steps, images: 100_000 }
	};
	const cells = axes.reduce<readonly Cell[]>(
		(all, { values }) =>
			all.flatMap((cell) => values.map((value, i) => [...cell, { value, i }] as const)),
		[[]]
	);
	return Array.from({ length: seeds }, (_, i) => i + 1).flatMap((seed) =>
		cells.map((cell): Job => {
			const values = cell.map(({ value }) => value);
			const settings = axes
				.map((axis, k) => ({ axis, value: values[k] }))
				.sort((a, b) => rank(a.axis) - rank(b.axis));
			const experiment = settings.reduce(
				(changed, { axis, value }) => withValue(changed, axis.setting, value),
				{ ...single, seed }
			);
			// One setting has had two numbers from the first version on.
			const places = [...cell.map(({ i }) => i), ...(cell.length < 2 ? [0] : [])];
			return {
				id: [...places, seed].join('-'),
				values,
				seed,
				experiment,
				experimentId: experimentId(experiment),
				steps,
				work: stepWork(experiment) * steps
			};
		})
	);
}

/** A combination: the value of each axis, with its place there. */
type Cell = readonly { readonly value: string | number; readonly i: number }[];

/** The axes of the degradation: plain against residual at several depths. */
export const degradationAxes = (depths: readonly number[]): Grid['axes'] => [
	{ setting: 'depth', values: [...depths] },
	{ setting: 'kind', values: ['none', 'A'] }
];
