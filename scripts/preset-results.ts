/** Reduces a run to the few numbers by which a preset's outcome is judged. */
import { mean, range } from 'd3';
import type { AnalysedNetwork } from '$lib/network';
import type { History } from '$lib/lab/record/history';
import type { PresetResult } from '$lib/lab/experiment/presets';

/** Steps over which the final error is averaged, and steps per point of a trace. */
const WINDOW = 20;
const TRACE = 10;

/** Results of each lane, without the lesion study. */
export function presetResults(
	history: History,
	networks: readonly AnalysedNetwork[]
): Omit<PresetResult, 'lesion' | 'aside'>[] {
	return networks.map(({ layers }, lane) => {
		const stop = history.events.find((event) => event.kind === 'not-finite' && event.lane === lane);
		const errors = history.steps.flatMap(({ step, lanes }) =>
			lanes[lane] && step !== stop?.step ? [lanes[lane].trainingError] : []
		);
		const norms = history.steps[0]?.lanes[lane]?.gradientNorms;
		return {
			error: stop ? null : (mean(errors.slice(-WINDOW)) ?? null),
			stopped: stop?.step ?? null,
			first: norms?.[layers[0].kernel] ?? NaN,
			last: norms?.[layers[layers.length - 1].kernel] ?? NaN,
			trace: range(0, errors.length, TRACE).map((i) => mean(errors.slice(i, i + TRACE)) ?? NaN)
		};
	});
}
