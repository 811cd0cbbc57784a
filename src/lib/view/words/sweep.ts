/** The names of a sweep's settings and measures, what its cells say, and what it shows. */
import {
	FINDING_THRESHOLDS,
	FINDING_WINDOW,
	type SweepAxis,
	type SweepCell,
	type SweepFinding,
	type SweepMeasure,
	type SweepSetting
} from '$lib/lab';
import { m } from '$lib/paraglide/messages';
import { pairNames } from './experiment';
import { formatFixed, formatList, formatPercent, formatPoints } from './format';

/** Numeric settings, with the names of their values. */
export const SWEEP_SETTING_WORDS: {
	readonly [S in SweepSetting]: {
		readonly name: () => string;
		readonly value: (value: string | number) => string;
	};
} = {
	depth: { name: m.depth, value: String },
	width: { name: m.width, value: String },
	learningRate: { name: m.learning_rate, value: String },
	batch: { name: m.batch, value: String },
	momentum: { name: m.momentum, value: String },
	weightDecay: { name: m.weight_decay, value: String },
	dropout: { name: m.kind_dropout, value: String }
};
export const sweepSettingName = (setting: SweepSetting): string =>
	SWEEP_SETTING_WORDS[setting].name();

/** A combination of values: `Depth 20, Width 8`. */
export const combinationName = (
	settings: readonly SweepSetting[],
	values: readonly number[]
): string => formatList(settings.map((setting, i) => `${sweepSettingName(setting)} ${values[i]}`));

export const settingsOf = (axes: readonly SweepAxis[]): SweepSetting[] =>
	axes.map(({ setting }) => setting);

export const MEASURE_NAMES: { readonly [M in SweepMeasure]: () => string } = {
	trainingError: () => m.sweep_training({ window: FINDING_WINDOW }),
	testError: m.sweep_test,
	gap: m.sweep_gap
};

/** A value of a measure with its unit: percent, or points of the gap. */
const formatMeasure = (measure: SweepMeasure, value: number): string =>
	measure === 'gap' ? formatPoints(value) : formatPercent(value);

/** The same without its unit, for a cell of the map. */
export const formatBare = (value: number): string => formatFixed(100 * value, 1);

/** Mean, smallest, largest, and over how many seeds: `21.4% (20.9%–22.0%), seeds: 3`. */
export function cellText(measure: SweepMeasure, cell: SweepCell | undefined): string {
	if (!cell) return m.sweep_not_yet();
	const { mean, least, largest, seeds, stopped } = cell;
	const ended = stopped ? [m.sweep_stopped({ count: stopped })] : [];
	if (!seeds) return formatList(ended);
	const range = `${formatMeasure(measure, least)} – ${formatMeasure(measure, largest)}`;
	const numbers =
		seeds > 1 ? `${formatMeasure(measure, mean)} (${range})` : formatMeasure(measure, mean);
	return formatList([numbers, m.sweep_seeds({ count: seeds }), ...ended]);
}

/** Says whether a sweep over depth shows degradation of one kind of network, with its numbers. */
export function sweepFindingText(finding: SweepFinding): string {
	const { at, degradation, depth, other, seeds } = finding;
	const kind = pairNames()[finding.kind];
	const apart = formatPoints(FINDING_THRESHOLDS.apart);
	const words = {
		kind: at ? formatList([kind, combinationName([at.setting], [at.value])]) : kind,
		depth,
		error: formatPercent(finding.error),
		other,
		otherError: formatPercent(finding.otherError),
		seeds: seeds
			? m.sweep_of_seeds({ count: seeds.count, spread: formatPoints(seeds.spread), apart })
			: m.sweep_of_one({ apart })
	};
	return degradation ? m.sweep_degradation(words) : m.sweep_no_degradation(words);
}
