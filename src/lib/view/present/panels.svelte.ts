/**
 * Which panels of a run are shown. A presenter toggles them by digits; a teacher's link hides some from the class
 * (`?hide=findings,settings`), and what a link has hidden is not offered.
 */
import { SvelteSet } from 'svelte/reactivity';

/** The pictures of a run, in the order in which they stand on the page; toggled by digits. */
export const RUN_PANELS = [
	'networks',
	'curves',
	'findings',
	'inside',
	'sweep',
	'landscape',
	'start'
] as const;
export type RunPanel = (typeof RUN_PANELS)[number];

/** All that a link can hide. */
export const PANELS = [...RUN_PANELS, 'settings', 'runs'] as const;
export type Panel = (typeof PANELS)[number];

const isPanel = (name: string): name is Panel => PANELS.some((panel) => panel === name);

class Panels {
	/** Not shown now. */
	readonly hidden = new SvelteSet<Panel>();
	/** Hidden by the link. */
	readonly withheld = new SvelteSet<Panel>();
	/** A name in the link that is no panel; null for none. */
	unknown = $state<string | null>(null);

	/** Takes what the address asks for. */
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
