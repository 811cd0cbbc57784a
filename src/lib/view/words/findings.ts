/** Describes the findings of runs, and the probes. */
import {
	ASIDE,
	FINDING_THRESHOLDS,
	FINDING_WINDOW,
	pretrainingSteps,
	type Aside,
	type ChangeFinding,
	type Experiment,
	type Finding,
	type Probe,
	type Remedy
} from '$lib/lab';
import { m } from '$lib/paraglide/messages';
import { surgeryText } from './events';
import { initialisationName, laneNames } from './experiment';
import {
	formatCount,
	formatFixed,
	formatList,
	formatNorm,
	formatPercent,
	formatPoints,
	formatSentences
} from './format';
import { activationName, normFull } from './graph';

/** The texts of a probe: axis label, name in a list, and a sentence on what it shows. */
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

/** Describes a finding with its numbers and their basis. */
export function findingText(finding: Finding, experiment: Pick<Experiment, 'lanes'>): string {
	const names = laneNames(experiment);
	const name = names[finding.lane];
	const window = FINDING_WINDOW;
	switch (finding.kind) {
		case 'vanished': {
			const [first, largest] = [finding.first, finding.largest].map(formatNorm);
			return m.finding_vanished({ name, first, largest, window });
		}
		case 'exploded':
			if (finding.peak)
				return m.finding_exploded_stopped({
					name,
					step: formatCount(finding.peak.step),
					peak: formatNorm(finding.peak.norm)
				});
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
		case 'pretrained':
		case 'shortcuts':
		case 'remedy': {
			const words = {
				name,
				error: formatPercent(finding.error),
				other: names[finding.other],
				otherError: formatPercent(finding.otherError),
				window,
				apart: formatPoints(FINDING_THRESHOLDS.apart),
				by: finding.kind === 'remedy' ? remedyText([finding.by], finding, experiment) : '',
				steps: formatCount(pretrainingSteps(experiment.lanes[finding.lane]))
			};
			const [one, several] = PAIR_TEXTS[finding.kind];
			if (!finding.seeds) return one(words);
			const { count, mean, low, high } = finding.seeds;
			const [difference, least, most] = [mean, low, high].map((share) => formatPoints(share));
			return several({ ...words, count, difference, least, most });
		}
		case 'rounding': {
			const [error, otherError] = [finding.error, finding.otherError].map((own) =>
				formatPercent(own)
			);
			const [apart, step] = [formatPoints(finding.apart), formatCount(finding.at)];
			const other = names[finding.other];
			return m.finding_rounding({ name, other, error, otherError, apart, step, window });
		}
		case 'lowest': {
			const margin = formatPoints(finding.margin);
			const list = (ranked: typeof finding.near) =>
				formatList(
					ranked.map(({ lane, error, parameters }) =>
						m.finding_ranked({
							...{ name: names[lane], error: formatPercent(error) },
							parameters: formatCount(parameters)
						})
					)
				);
			return formatSentences([
				m.finding_lowest({
					...{ name, error: formatPercent(finding.error) },
					parameters: formatCount(finding.parameters)
				}),
				finding.near.length ? m.finding_lowest_near({ margin, list: list(finding.near) }) : '',
				m.finding_lowest_above({ margin, list: list(finding.above) }),
				finding.seeds
					? m.finding_means_seeds({ window, count: finding.seeds.count })
					: m.finding_means({ window })
			]);
		}
		case 'rescued': {
			const { by, otherError } = finding;
			const words = {
				name,
				other: names[finding.other],
				error: formatPercent(finding.error),
				window,
				by: remedyText(by, finding, experiment)
			};
			return otherError === null
				? m.finding_rescued_stopped(words)
				: m.finding_rescued({ ...words, otherError: formatPercent(otherError) });
		}
		case 'change':
			return changeText(finding, names);
		case 'lesion': {
			const [whole, median, least, most] = [
				finding.whole,
				finding.median,
				finding.least,
				finding.most
			].map((error) => formatPercent(error));
			const { blocks, images } = finding;
			return m.finding_lesion({ name, whole, median, least, most, blocks, images });
		}
		case 'ignored':
			return ignoredText(name, finding);
		case 'landscape': {
			const [centre, median] = [finding.centre, finding.median].map(formatNorm);
			return m.finding_landscape({ name, centre, median, points: finding.points });
		}
	}
}

/** The texts of two compared networks, of one seed and of several. */
const PAIR_TEXTS = {
	degradation: [m.finding_degradation, m.finding_degradation_seeds],
	pretrained: [m.finding_pretrained, m.finding_pretrained_seeds],
	shortcuts: [m.finding_shortcuts, m.finding_shortcuts_seeds],
	remedy: [m.finding_remedy, m.finding_remedy_seeds]
} as const;

/** The remedies that one network has and the other has not, such as `ReLU instead of sigmoid`. */
function remedyText(
	by: readonly Remedy[],
	{ lane, other }: { readonly lane: number; readonly other: number },
	{ lanes }: Pick<Experiment, 'lanes'>
): string {
	return formatList(
		by.map((remedy) => {
			const [value, without] = [lane, other].map((i) => REMEDY_NAMES[remedy](lanes[i].network));
			return m.finding_rescued_by({ value, other: without });
		})
	);
}

/** Describes which blocks a network has put aside, and what their removal costs. */
export function ignoredText(name: string, found: Aside): string {
	const { aside, blocks, removable, cheapest, images } = found;
	if (!aside) return m.aside_none({ name, blocks, least: formatFixed(found.least, 2) });
	const [whole, without] = [found.whole, found.without].map((error) => formatPercent(error));
	const limit = formatFixed(ASIDE, 2);
	const told = m.finding_ignored({ name, aside, blocks, limit, whole, without, images });
	const costs = removable ? [m.finding_ignored_cheapest({ removable, cheapest })] : [];
	return formatSentences([told, ...costs]);
}

/** The name of a network's option for each remedy. */
const REMEDY_NAMES: {
	readonly [R in Remedy]: (network: Experiment['lanes'][number]['network']) => string;
} = {
	activation: ({ activation }) => activationName(activation),
	norm: ({ norm }) => normFull(norm),
	initialisation: ({ initialisation }) => initialisationName(initialisation)
};

/** Describes a change in a network, with the training errors before and after. */
function changeText(finding: ChangeFinding, names: readonly string[]): string {
	const { lane, training, whole, twin } = finding;
	const what = changedText(finding, names[lane]);
	if (!training) return what;
	const { effect, later, steps } = training;
	const [before, after] = [training.before, training.after].map((error) => formatPercent(error));
	const effects = { rose: m.change_rose, fell: m.change_fell, none: m.change_steady };
	return formatSentences([
		what,
		effects[effect]({ before, after, steps }),
		later
			? m.change_later({ step: formatCount(later.step), error: formatPercent(later.error) })
			: '',
		whole === null ? '' : m.change_whole({ error: formatPercent(whole) }),
		twin ? m.change_twin({ name: names[twin.lane], error: formatPercent(twin.error) }) : '',
		m.change_note({ window: FINDING_WINDOW })
	]);
}

function changedText({ changed, step: at }: ChangeFinding, name: string): string {
	const step = formatCount(at);
	switch (changed.kind) {
		case 'cut':
		case 'restored':
		case 'gated': {
			const { kind, count, of } = changed;
			if (kind === 'gated') return m.change_gated({ name, count, of, step });
			if (count < of)
				return (kind === 'cut' ? m.change_cut : m.change_restored)({ name, count, of, step });
			return (kind === 'cut' ? m.change_cut_all : m.change_restored_all)({ name, of, step });
		}
		case 'learning-rate':
			return m.change_rate({ name, from: changed.from, to: changed.to, step });
		case 'surgery':
			return m.change_surgery({ what: surgeryText(changed.event, name) });
		case 'weights':
			return m.change_weights({ name, step });
	}
}
