/** The names of the panels that can be hidden. */
import { m } from '$lib/paraglide/messages';
import type { Panel } from './panels.svelte';

const NAMES: { readonly [P in Panel]: () => string } = {
	networks: m.lanes_label,
	curves: m.curves_label,
	findings: m.findings_title,
	seeds: m.seeds_title,
	inside: m.inside_title,
	lesion: m.lesion_tab,
	sweep: m.sweep_title,
	landscape: m.landscape_title,
	start: m.start_title,
	confusion: m.confusion_title,
	histograms: m.histograms_title,
	travel: m.travel_title,
	shattered: m.shattered_title,
	step: m.slow_title,
	settings: m.settings,
	runs: m.runs_title
};

export const panelName = (panel: Panel): string => NAMES[panel]();
