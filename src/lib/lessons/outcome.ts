/** The outcomes of a run: numbers to set beside a prediction. */
import { median } from 'd3';
import { asideOf, FINDING_WINDOW, latestOf, type History } from '$lib/lab';
import type { AnalysedNetwork } from '$lib/network';
import { m } from '$lib/paraglide/messages';
import { formatCount, formatNorm, formatPercent } from '$lib/view/words/format';

export interface OutcomeRun {
	readonly history: History;
	readonly networks: readonly AnalysedNetwork[];
}

const lesionStep = ({ history }: OutcomeRun, step: number): number =>
	latestOf(history.results.lesion, 0, step)?.step ?? step;

const OUTCOMES = {
	'training-error': {
		title: () => m.outcome_training_error({ window: FINDING_WINDOW }),
		step: (_: OutcomeRun, step: number): number => step,
		/** The mean over the steps up to `step`; for a network that has stopped, when it did. */
		read({ history }: OutcomeRun, lane: number, step: number): string {
			const stop = history.stop(lane);
			if (stop) return m.outcome_stopped({ step: formatCount(stop.step) });
			return formatPercent(history.recent(lane, 'trainingError', FINDING_WINDOW, step));
		}
	},
	'gradient-ratio': {
		title: m.outcome_gradient_ratio,
		step: (): number => 1,
		read({ history, networks }: OutcomeRun, lane: number): string {
			const norms = history.at(lane, 1)?.lanes[lane]?.gradientNorms;
			const { layers } = networks[lane];
			if (!norms) return '–';
			return formatNorm(norms[layers[0].kernel] / norms[layers[layers.length - 1].kernel]);
		}
	},
	lesion: {
		title: m.outcome_lesion,
		step: lesionStep,
		read({ history }: OutcomeRun, lane: number, step: number): string {
			const found = latestOf(history.results.lesion, lane, step);
			const without = median(found?.without ?? [], (error) => error ?? NaN);
			if (!found || without === undefined) return '–';
			return m.outcome_lesion_of({
				whole: formatPercent(found.whole),
				without: formatPercent(without)
			});
		}
	},
	ignored: {
		title: m.outcome_ignored,
		step: lesionStep,
		read({ history }: OutcomeRun, lane: number, step: number): string {
			const lesion = latestOf(history.results.lesion, lane, step);
			const found = lesion && asideOf(lesion);
			if (!found) return '–';
			return m.outcome_ignored_of({
				aside: found.aside,
				blocks: found.blocks,
				errors: m.outcome_lesion_of({
					whole: formatPercent(found.whole),
					without: formatPercent(found.without)
				})
			});
		}
	}
} satisfies Record<
	string,
	{
		title: () => string;
		/** The step at which `read` takes its numbers, given the one asked for. */
		step: (run: OutcomeRun, step: number) => number;
		read: (run: OutcomeRun, lane: number, step: number) => string;
	}
>;

export type Outcome = keyof typeof OUTCOMES;

export const isOutcome = (name: string): name is Outcome => Object.hasOwn(OUTCOMES, name);
/** Whether an outcome is read from the lesion study. */
export const ofLesions = (outcome: Outcome | undefined): boolean =>
	outcome === 'lesion' || outcome === 'ignored';
export const outcomeTitle = (outcome: Outcome): string => OUTCOMES[outcome].title();

/** The outcome after a step: the step at which its numbers were taken, and one text per lane. */
export const readOutcome = (outcome: Outcome, run: OutcomeRun, step: number) => ({
	step: OUTCOMES[outcome].step(run, step),
	texts: run.networks.map((_, lane) => OUTCOMES[outcome].read(run, lane, step))
});
