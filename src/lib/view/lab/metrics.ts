/** The metrics that the charts of a run show, in order; the first chart is the large one. */
import type { History } from '$lib/lab';
import { m } from '$lib/paraglide/messages';
import { SMOOTHING } from '../charts/curves';
import { laneColour } from './colours';
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

export type Metric = (typeof METRICS)[number];
export const [TRAINING_ERROR] = METRICS;

/** The properties of a `LineChart` that follow from what it shows. */
export const chartOf = ({ view, title, window, top, format, formatTick }: Metric) => ({
	...{ view, window, top, format, formatTick },
	title: title()
});

/** The lines of a metric, one for each network. */
export const seriesOf = ({ metric }: Metric, history: History, names: readonly string[]) =>
	names.map((name, lane) => ({
		name,
		colour: laneColour(lane),
		column: history.lanes[lane][metric]
	}));
