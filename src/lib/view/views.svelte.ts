/**
 * Which panels of a run are shown. A presenter toggles them by digits; a teacher's link hides some from the class
 * (`?hide=findings,settings`), and what a link has hidden is not offered.
 */
import { SvelteSet } from 'svelte/reactivity';

/** In the order in which they stand on the page. The last two are not toggled by digits. */
export const VIEWS = [
	'networks',
	'curves',
	'findings',
	'inside',
	'sweep',
	'landscape',
	'start',
	'settings',
	'runs'
] as const;
export type View = (typeof VIEWS)[number];

const isView = (name: string): name is View => VIEWS.some((view) => view === name);

class Views {
	/** Not shown now. */
	readonly hidden = new SvelteSet<View>();
	/** Hidden by the link. */
	readonly withheld = new SvelteSet<View>();
	/** A name in the link that is no view; null for none. */
	unknown = $state<string | null>(null);

	/** Takes what the address asks for. */
	start(): void {
		const names = new URL(location.href).searchParams.get('hide')?.split(',').filter(Boolean) ?? [];
		for (const name of names)
			if (isView(name)) {
				this.withheld.add(name);
				this.hidden.add(name);
			} else this.unknown = name.slice(0, 40);
	}

	shows(view: View): boolean {
		return !this.hidden.has(view);
	}

	toggle(view: View): void {
		if (this.withheld.has(view)) return;
		if (!this.hidden.delete(view)) this.hidden.add(view);
	}
}

export const views = new Views();
