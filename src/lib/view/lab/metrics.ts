/** The metrics that the charts of a run show, in order; the first chart is the large one. */
import { m } from '$lib/paraglide/messages';
import { SMOOTHING } from '../charts/curves';
import { formatFixed, formatPercent, formatPercentTick } from '../words/format';

const percent = { top: 1, format: formatPercent, formatTick: formatPercentTick };

/** Each metric with the number of steps its strong line averages over, and the upper end of its axis (null for automatic). */
export const METRICS = [
	{
		metric: 'trainingError',
		view: 'training-error',
		title: m.curve_training_error,
		window: SMOOTHING,
		...percent
	},
	{
		metric: 'loss',
		view: 'loss',
		title: m.curve_loss,
		window: SMOOTHING,
		top: null,
		format: (value: number) => formatFixed(value, 3),
		formatTick: String
	},
	{ metric: 'testError', view: 'test-error', title: m.curve_test_error, window: 1, ...percent }
] as const;
