/** Sentences on a prediction and the run that it was made for. */
import {
	comparedError,
	comparedProfile,
	FINDING_WINDOW,
	type History,
	type Prediction
} from '$lib/lab';
import type { AnalysedNetwork } from '$lib/network';
import { m } from '$lib/paraglide/messages';
import {
	formatCount,
	formatFixed,
	formatLabel,
	formatList,
	formatNorm,
	formatPercent,
	formatSentences
} from './format';

interface Run {
	readonly history: History;
	readonly networks: readonly AnalysedNetwork[];
	readonly names: readonly string[];
}

/** How far each drawn curve and profile was from the run, network by network; nothing before its end. */
export function predictionTexts(
	prediction: Prediction,
	{ history, networks, names }: Run
): string[] {
	return names.flatMap((name, lane) => {
		const sentences: string[] = [];
		const error = comparedError(prediction, lane, history);
		if (error) {
			const expected = formatPercent(error.expected, 0);
			const stop = history.stop(lane, prediction.steps);
			sentences.push(
				stop
					? m.predict_stopped({ expected, step: formatCount(stop.step) })
					: m.predict_error({
							expected,
							measured: formatPercent(error.measured ?? NaN, 0),
							away: formatFixed(100 * error.away, 0)
						})
			);
		}
		const profile = comparedProfile(prediction, lane, history, networks[lane]);
		if (profile)
			sentences.push(
				m.predict_gradient({
					expected: formatNorm(profile.expected),
					measured: formatNorm(profile.measured)
				}),
				...(profile.away === null
					? []
					: [m.predict_decades({ factor: formatNorm(10 ** profile.away) })])
			);
		return sentences.length ? [formatLabel(name, formatSentences(sentences))] : [];
	});
}

/** The training errors at the end of the predicted steps. */
export const measuredText = (
	{ steps }: Prediction,
	{ history, names }: Pick<Run, 'history' | 'names'>
): string =>
	m.predict_measured({
		window: FINDING_WINDOW,
		errors: formatList(
			names.map((name, lane) => {
				const stop = history.stop(lane, steps);
				const error = stop
					? m.outcome_stopped({ step: formatCount(stop.step) })
					: formatPercent(history.recent(lane, 'trainingError', FINDING_WINDOW, steps));
				return `${name} ${error}`;
			})
		)
	});
