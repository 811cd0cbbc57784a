/** What the charts of a run show, in order, the first of them large. */
import { m } from '$lib/paraglide/messages';
import { SMOOTHING } from '../charts/curves';
import { formatFixed, formatPercent, formatPercentTick } from '../words/format';

const percent = { top: 1, format: formatPercent, formatTick: formatPercentTick };

/** With the steps of which its strong line is the mean, and the upper end of its axis, null for as high as it is. */
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
