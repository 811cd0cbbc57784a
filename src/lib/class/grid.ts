/**
 * A sweep for many machines: one network trained with every combination of one or two settings' values, and with
 * several seeds. Each combination with one seed is a job.
 */
import { strToU8 } from 'fflate';
import * as v from 'valibot';
import { hashOf } from '$lib/base/hashBytes';
import type { Immutable } from '$lib/base/immutable';
import { ACTIVATIONS, INITIALISATIONS, isCifarDepth, MINI_NAMES, NORMS } from '$lib/network';
import { MAX_LAB_DEPTH } from '$lib/lab/depths';
import { changeKind, changeLanes, type Experiment } from '$lib/lab/experiment/experiment';
import { LIMITS as OFFERED } from '$lib/lab/experiment/limits';
import { inOrder } from '$lib/lab/experiment/link';
import { stepWork } from '$lib/lab/experiment/pace';
import { checkExperiment, experimentSchema } from '$lib/lab/experiment/schema';
import { LIMITS } from './limits';

const within = ([least, most]: readonly [number, number]) =>
	v.pipe(v.number(), v.minValue(least), v.maxValue(most));
const whole = (bounds: readonly [number, number]) => v.pipe(within(bounds), v.integer());
const depth = v.pipe(v.number(), v.check(isCifarDepth), v.maxValue(MAX_LAB_DEPTH));

/** An axis: a setting with the values that it takes. */
const axis = <Name extends string, T extends string | number>(
	setting: Name,
	value: v.GenericSchema<T, T>
) =>
	v.strictObject({
		setting: v.literal(setting),
		values: v.pipe(
			v.array(value),
			v.minLength(1),
			v.maxLength(20),
			v.check((values) => new Set(values).size === values.length, 'expected each value once')
		)
	});

const axisSchema = v.variant('setting', [
	axis('depth', depth),
	/** By its shortcuts, `none` for plain, or of another family. */
	axis('kind', v.picklist(['none', 'A', 'B', 'C', ...MINI_NAMES] as const)),
	axis('width', whole(OFFERED.width)),
	axis('norm', v.picklist(NORMS)),
	axis('activation', v.picklist(ACTIVATIONS)),
	axis('initialisation', v.picklist(INITIALISATIONS)),
	axis('learningRate', within(OFFERED.learningRate)),
	axis('batch', whole(OFFERED.batch))
]);
export type Axis = Immutable<v.InferOutput<typeof axisSchema>>;
export type Setting = Axis['setting'];

export const gridSchema = v.pipe(
	v.strictObject({
		/** What is trained; of its networks only the first counts. */
		base: experimentSchema,
		axes: v.pipe(v.array(axisSchema), v.minLength(1), v.maxLength(2)),
		/** Number of seeds; the sweep uses seeds 1 to this. */
		seeds: whole([1, 5]),
		/** Training steps of every network. */
		steps: whole([1, 100_000])
	}),
	v.check(
		({ axes }) => new Set(axes.map(({ setting }) => setting)).size === axes.length,
		'expected two settings'
	),
	v.check(
		({ axes, seeds }) =>
			axes.reduce((count, { values }) => count * values.length, seeds) <= LIMITS.jobs,
		`expected at most ${LIMITS.jobs} jobs`
	)
);
export type Grid = Immutable<v.InferOutput<typeof gridSchema>>;

/** How a value of each setting changes an experiment. The schema has checked that the value is one of the setting's. */
const APPLY = {
	depth: (e, value) => changeLanes(e, { depth: value as number }),
	kind: (e, value) => changeKind(e, 0, value as Parameters<typeof changeKind>[2]),
	width: (e, value) => changeLanes(e, { width: value as number }),
	norm: (e, value) => changeLanes(e, { norm: value as (typeof NORMS)[number] }),
	activation: (e, value) => changeLanes(e, { activation: value as (typeof ACTIVATIONS)[number] }),
	initialisation: (e, value) =>
		changeLanes(e, { initialisation: value as (typeof INITIALISATIONS)[number] }),
	learningRate: (e, value) => ({ ...e, recipe: { ...e.recipe, learningRate: value as number } }),
	batch: (e, value) => ({ ...e, recipe: { ...e.recipe, batch: value as number } })
} satisfies { [S in Setting]: (experiment: Experiment, value: string | number) => Experiment };

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
	const [first, second] = axes;
	const cells = first.values.flatMap((a, i) =>
		(second?.values ?? [null]).map((b, j) => ({ i, j, values: b === null ? [a] : [a, b] }))
	);
	return Array.from({ length: seeds }, (_, i) => i + 1).flatMap((seed) =>
		cells.map(({ i, j, values }): Job => {
			const settings = axes
				.map((axis, k) => ({ axis, value: values[k] }))
				.sort((a, b) => rank(a.axis) - rank(b.axis));
			const experiment = settings.reduce(
				(changed, { axis, value }) => APPLY[axis.setting](changed, value),
				{ ...single, seed }
			);
			return {
				id: `${i}-${j}-${seed}`,
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

/** The axes of the degradation: plain against residual at several depths. */
export const degradationAxes = (depths: readonly number[]): Grid['axes'] => [
	{ setting: 'depth', values: [...depths] },
	{ setting: 'kind', values: ['none', 'A'] }
];
