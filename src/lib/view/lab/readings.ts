/** The data for the pictures of the lanes: one probe of every layer, at one step and over the whole run. */
import { laneGates, latestOf, probeValues, type LaneMetrics, type Probe } from '$lib/lab';
import { SMOOTHING } from '../charts/curves';
import { normDomain, SHARE_DOMAIN, type NormDomain } from '../charts/normColour';
import type { Lab, ShownRun } from './context.svelte';

/** Number of earlier steps drawn behind the present one. */
const TRACES = 5;
/** Most rows of a heatmap; finer than a teacher can point at. */
const ROWS = 90;

/** Probe values by layer; null for a layer without one. */
type Values = readonly (number | null)[];

/** Rows of the heatmaps, by lane; they do not depend on the step shown. */
export function rowsOf({ history }: Lab, { networks }: ShownRun, probe: Probe) {
	const records = history.rows(ROWS);
	return networks.map((network, lane) =>
		records.flatMap(({ step, lanes }) => {
			const metrics = lanes[lane];
			return metrics ? [{ step, values: probeValues(probe, network, metrics) }] : [];
		})
	);
}

/** For each lane, everything that is shown at the step on the screen. */
export function readingsOf(
	{ history, cursor, session, tab, step }: Lab,
	{ experiment, networks }: ShownRun,
	probe: Probe
) {
	const at = cursor ?? Infinity;
	return networks.map((network, lane) => {
		const values = (metrics: LaneMetrics | null | undefined) =>
			metrics ? [probeValues(probe, network, metrics)] : [];
		const [norms = null] = values(history.at(lane, at)?.lanes[lane]);
		return {
			norms,
			traces: history.traces(lane, TRACES, at).flatMap(({ lanes }) => values(lanes[lane])),
			gates:
				cursor === null
					? session.gates[lane]
					: history.gatesAt(lane, laneGates(experiment.lanes[lane]), cursor),
			trainingError: history.recent(lane, 'trainingError', SMOOTHING, at),
			testError: history.recent(lane, 'testError', 1, at),
			lesion: latestOf(history.results.lesion, lane, at),
			shuffle: latestOf(history.results.shuffle, lane, at),
			/** Of this step, while its tab is open. */
			travel:
				tab === 'travel'
					? (history.results.travel.find(
							(found) => found.lane === lane && found.step === (cursor ?? step)
						) ?? null)
					: null,
			/** Where its step in slow motion stands, while that tab is open. */
			slow: tab === 'step' && session.studies.step?.lane === lane ? session.studies.step : null,
			surgery: history.surgeryOf(lane, at),
			stop: history.stop(lane, at)
		};
	});
}

/**
 * The common axis of all lanes.
 * @param drawn norms that the reader has drawn, by lane, as powers of ten
 */
export function domainOf(
	probe: Probe,
	readings: readonly { readonly norms: Values | null }[],
	rows: readonly (readonly { readonly values: Values }[])[],
	drawn: readonly (readonly number[] | null)[]
): NormDomain {
	if (probe === 'dead') return SHARE_DOMAIN;
	return normDomain([
		...drawn.flatMap((own) => (own ? [own.map((power) => 10 ** power)] : [])),
		...readings.flatMap(({ norms }) => (norms ? [norms] : [])),
		...rows.flatMap((own) => own.map(({ values }) => values))
	]);
}
