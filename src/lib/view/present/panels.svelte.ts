/**
 * Which panels of a run are shown. A presenter toggles the pictures and opens the tabs by digits; a teacher's link hides
 * some from the class (`?hide=findings,settings`), and so does the teacher of a room; what is withheld is not offered.
 */
import { SvelteSet } from 'svelte/reactivity';
import { RUN_TABS, type RunTab } from '$lib/lab/tabs';

export { RUN_TABS, type RunTab };
export const isRunTab = (name: string): name is RunTab => RUN_TABS.some((tab) => tab === name);

/** All panels of a run, in the order of their digit keys: the pictures, and the tabs under them. */
export const RUN_PANELS = ['networks', 'curves', ...RUN_TABS] as const;

/** All panels that a link can hide; `panelNames.ts` has their names. */
export const PANELS = [...RUN_PANELS, 'settings', 'runs'] as const;
export type Panel = (typeof PANELS)[number];

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
