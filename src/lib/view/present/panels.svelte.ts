/**
 * Which panels of a run are shown. A presenter toggles the pictures and opens the tabs by digits; a teacher's link hides
 * some from the class (`?hide=findings,settings`), and so does the teacher of a room; what is withheld is not offered.
 */
import { SvelteSet } from 'svelte/reactivity';
import { RUN_TABS, type RunTab } from '$lib/lab/tabs';
import { m } from '$lib/paraglide/messages';

export { RUN_TABS, type RunTab };
export const isRunTab = (name: string): name is RunTab => RUN_TABS.some((tab) => tab === name);

/** The tabs under the pictures of a run. */
const RUN_TAB_NAMES: { readonly [T in RunTab]: () => string } = {
	findings: m.findings_title,
	inside: m.inside_title,
	lesion: m.lesion_tab,
	sweep: m.sweep_title,
	landscape: m.landscape_title,
	start: m.start_title,
	confusion: m.confusion_title
};

/** All panels of a run, in the order of their digit keys. */
const RUN_PANEL_NAMES = { networks: m.lanes_label, curves: m.curves_label, ...RUN_TAB_NAMES };
type RunPanel = keyof typeof RUN_PANEL_NAMES;
export const RUN_PANELS = Object.keys(RUN_PANEL_NAMES) as RunPanel[];

/** All panels that a link can hide. */
const PANEL_NAMES = { ...RUN_PANEL_NAMES, settings: m.settings, runs: m.runs_title };
export type Panel = keyof typeof PANEL_NAMES;
export const PANELS = Object.keys(PANEL_NAMES) as Panel[];

export const panelName = (panel: Panel): string => PANEL_NAMES[panel]();

class Panels {
	/** Panels that are not shown now. */
	readonly hidden = new SvelteSet<Panel>();
	/** Panels that a link or the teacher of a room hides from the class. */
	readonly withheld = new SvelteSet<Panel>();
	readonly #by: { link: readonly Panel[]; room: readonly Panel[] } = { link: [], room: [] };

	/** Hides what a link, or the room, withholds from the class; what it no longer withholds is shown again. */
	withhold(by: 'link' | 'room', names: readonly Panel[]): void {
		this.#by[by] = names;
		const all = [...this.#by.link, ...this.#by.room];
		for (const name of [...this.withheld])
			if (!all.includes(name)) {
				this.withheld.delete(name);
				this.hidden.delete(name);
			}
		for (const name of all)
			if (!this.withheld.has(name)) {
				this.withheld.add(name);
				this.hidden.add(name);
			}
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
