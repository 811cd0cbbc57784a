/** Says how training goes, to be heard. */
import type { LaneProgress } from '$lib/lab';
import { m } from '$lib/paraglide/messages';
import { formatCount, formatList, formatPercent, formatPoints, formatSentences } from './format';

const TRENDS = {
	falling: m.summary_falling,
	rising: m.summary_rising,
	steady: m.summary_steady
} as const;

/** The training error of each network in whole percent, and the gap between two. */
export function progressText(
	step: number,
	progress: readonly LaneProgress[],
	names: readonly string[]
): string {
	const texts = progress.map(({ error, trend, stop }, lane) => {
		const name = names[lane];
		if (stop !== null) return m.summary_stopped({ name, step: formatCount(stop) });
		const words = { name, error: formatPercent(error, 0) };
		return trend ? TRENDS[trend](words) : m.summary_lane(words);
	});
	// The difference of what is said, so that the listener's own sum agrees.
	const [a, b] = progress.map(({ error }) => Math.round(100 * error) / 100);
	const pair = progress.length === 2 && progress.every(({ stop }) => stop === null);
	return formatSentences([
		m.summary_step({ step: formatCount(step) }),
		...texts,
		pair ? m.summary_gap({ gap: formatPoints(Math.abs(a - b), 0) }) : ''
	]);
}

/** Says that the training of networks diverges. */
export const divergedText = (names: readonly string[]) =>
	m.summary_diverged({ names: formatList(names) });
