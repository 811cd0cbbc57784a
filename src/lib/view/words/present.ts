/** Names of panels and keys. Apart from the lab's words: every page has them. */
import { m } from '$lib/paraglide/messages';
import type { Panel } from '../present/panels.svelte';

/** A panel of a run. */
export function panelName(view: Panel): string {
	const names: Record<Panel, () => string> = {
		networks: m.lanes_label,
		curves: m.curves_label,
		findings: m.findings_title,
		inside: m.inside_title,
		sweep: m.sweep_title,
		landscape: m.landscape_title,
		start: m.start_title,
		settings: m.settings,
		runs: m.runs_title
	};
	return names[view]();
}

/** As it is written on a keyboard. */
export function keyName(key: string): string {
	const names: Record<string, string> = { ' ': m.key_space(), ArrowLeft: '←', ArrowRight: '→' };
	return names[key] ?? key.toUpperCase();
}
