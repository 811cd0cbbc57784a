/** The lab of this browser tab: made when its page is first opened, and kept with its run while other pages are read. */
import { browser } from '$app/environment';
import { Lab } from './context.svelte';

let kept: Lab | null = null;

/** @param dataUrl where the data packs lie, absolute, ending with a slash */
export function keptLab(dataUrl: string): Lab {
	const lab = kept ?? new Lab(dataUrl, { changesWait: true });
	// Pages that are made in advance have nobody to keep it for.
	if (browser) kept = lab;
	return lab;
}
