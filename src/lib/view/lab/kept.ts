/** The lab of this browser tab: created when its page is first opened, and kept with its run while the user visits other pages. */
import { browser } from '$app/environment';
import { Lab } from './context.svelte';

let kept: Lab | null = null;

/** @param dataUrl absolute address of the data packs, ending with a slash */
export function keptLab(dataUrl: string): Lab {
	const lab = kept ?? new Lab(dataUrl, { changesWait: true });
	// Do not keep it while pages are prerendered.
	if (browser) kept = lab;
	return lab;
}
