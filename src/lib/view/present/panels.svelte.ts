/**
 * Which panels of a run are shown. A presenter toggles the pictures and opens the tabs by digits; a teacher's link hides
 * some from the class (`?hide=findings,settings`), and what a link has hidden is not offered.
 */
import { SvelteSet } from 'svelte/reactivity';
import { m } from '$lib/paraglide/messages';

/** The tabs under the pictures of a run, in order. */
const RUN_TAB_NAMES = {
	findings: m.findings_title,
	inside: m.inside_title,
	lesion: m.lesion_tab,
	sweep: m.sweep_title,
	landscape: m.landscape_title,
	start: m.start_title,
	confusion: m.confusion_title
};
export type RunTab = keyof typeof RUN_TAB_NAMES;
export const RUN_TABS = Object.keys(RUN_TAB_NAMES) as RunTab[];
export const isRunTab = (name: string): name is RunTab => RUN_TABS.some((tab) => tab === name);

/** All panels of a run, in the order of their digit keys. */
const RUN_PANEL_NAMES = { networks: m.lanes_label, curves: m.curves_label, ...RUN_TAB_NAMES };
type RunPanel = keyof typeof RUN_PANEL_NAMES;
export const RUN_PANELS = Object.keys(RUN_PANEL_NAMES) as RunPanel[];

/** All panels that a link can hide. */
const PANEL_NAMES = { ...RUN_PANEL_NAMES, settings: m.settings, runs: m.runs_title };
export type Panel = keyof typeof PANEL_NAMES;
export const PANELS = Object.keys(PANEL_NAMES) as Panel[];

export const panelName = (panel: Panel): string => PANEL_NAMES[panel]();

const isPanel = (name: string): name is Panel => PANELS.some((panel) => panel === name);

class Panels {
	/** Panels that are not shown now. */
	readonly hidden = new SvelteSet<Panel>();
	/** Panels that the link hides from the class. */
	readonly withheld = new SvelteSet<Panel>();
	/** A name in the link that is not a panel; null if there is none. */
	unknown = $state<string | null>(null);

	/** Reads the address. */
	start(): void {
		const names = new URL(location.href).searchParams.get('hide')?.split(',').filter(Boolean) ?? [];
		for (const name of names)
			if (isPanel(name)) {
				this.withheld.add(name);
				this.hidden.add(name);
			} else this.unknown = name.slice(0, 40);
	}

	shows(panel: Panel): boolean {
		return !this.hidden.has(panel);
	}

	toggle(panel: Panel): void {
		if (this.withheld.has(panel)) return;
		if (!this.hidden.delete(panel)) this.hidden.add(panel);
	}
}

export const panels = new Panels();
