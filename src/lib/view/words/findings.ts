/** What the numbers of a run or a sweep say, and what each probe shows. */
import {
	FINDING_THRESHOLDS,
	FINDING_WINDOW,
	type Finding,
	type Probe,
	type SweepFinding
} from '$lib/lab';
import { m } from '$lib/paraglide/messages';
import { pairNames } from './experiment';
import { formatNorm, formatPercent } from './format';

/** What a probe shows: as a label beside an axis, as a choice, and in one sentence what it tells. */
export function probeText(probe: Probe): { short: string; name: string; hint: string } {
	const [short, name, hint] = PROBE_TEXTS[probe].map((text) => text());
	return { short, name, hint };
}
const PROBE_TEXTS: { readonly [P in Probe]: readonly (() => string)[] } = {
	gradient: [m.probe_gradient_short, m.probe_gradient, m.probe_gradient_hint],
	'gradient-rms': [m.probe_rms_short, m.probe_rms, m.probe_rms_hint],
	'gradient-ratio': [
		m.probe_gradient_ratio_short,
		m.probe_gradient_ratio,
		m.probe_gradient_ratio_hint
	],
	'block-gradient': [
		m.probe_block_gradient_short,
		m.probe_block_gradient,
		m.probe_block_gradient_hint
	],
	'block-std': [m.probe_std_short, m.probe_std, m.probe_std_hint],
	dead: [m.probe_dead_short, m.probe_dead, m.probe_dead_hint],
	weight: [m.probe_weight_short, m.probe_weight, m.probe_weight_hint],
	'update-ratio': [m.probe_update_ratio_short, m.probe_update_ratio, m.probe_update_ratio_hint]
};

/** A finding with its numbers and what it was measured by. */
export function findingText(finding: Finding, names: readonly string[]): string {
	const name = names[finding.lane];
	const window = FINDING_WINDOW;
	switch (finding.kind) {
		case 'vanished': {
			const [first, largest] = [finding.first, finding.largest].map(formatNorm);
			return m.finding_vanished({ name, first, largest, window });
		}
		case 'exploded':
			return m.finding_exploded({
				name,
				layer: finding.column + 1,
				value: formatNorm(finding.largest),
				limit: formatNorm(FINDING_THRESHOLDS.exploded)
			});
		case 'dead':
			return m.finding_dead({ name, layers: finding.layers, of: finding.of });
		case 'diverged': {
			const [loss, start] = [finding.loss, finding.start].map(formatNorm);
			return m.finding_diverged({ name, loss, start });
		}
		case 'degradation':
		case 'shortcuts': {
			const words = {
				name,
				error: formatPercent(finding.error),
				other: names[finding.other],
				otherError: formatPercent(finding.otherError),
				window,
				apart: formatPercent(FINDING_THRESHOLDS.apart)
			};
			if (!finding.seeds)
				return finding.kind === 'degradation'
					? m.finding_degradation(words)
					: m.finding_shortcuts(words);
			const { count, spread } = finding.seeds;
			const more = { ...words, count, spread: formatPercent(spread) };
			return finding.kind === 'degradation'
				? m.finding_degradation_seeds(more)
				: m.finding_shortcuts_seeds(more);
		}
	}
}

/** Whether a depth sweep shows degradation of one kind of network, with its numbers. */
export function sweepFindingText(finding: SweepFinding): string {
	const { kind, degradation, depth, other, seeds } = finding;
	const apart = formatPercent(FINDING_THRESHOLDS.apart);
	const words = {
		kind: pairNames()[kind],
		depth,
		error: formatPercent(finding.error),
		other,
		otherError: formatPercent(finding.otherError),
		seeds: seeds
			? m.sweep_of_seeds({ count: seeds.count, spread: formatPercent(seeds.spread), apart })
			: m.sweep_of_one({ apart })
	};
	return degradation ? m.sweep_degradation(words) : m.sweep_no_degradation(words);
}
