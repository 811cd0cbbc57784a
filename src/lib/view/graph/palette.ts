/** The theme's colours resolved to values, for canvases and exported files. */
import { KINDS, type Kind } from './layout';
import type { Palette } from './paint';

/**
 * Reads the custom properties of the theme through an element of the page.
 * @param lane index of the lane, which decides the shortcuts' colour
 */
export function readPalette(element: HTMLElement, lane = 1): Palette {
	const colour = (name: string) => resolveColour(element, `var(--${name})`);
	return {
		kinds: Object.fromEntries(KINDS.map((kind) => [kind, colour(`op-${kind}`)])) as Record<
			Kind,
			string
		>,
		stage: colour('surface-2'),
		surface: colour('surface'),
		text: colour('text'),
		muted: colour('muted'),
		line: colour('line'),
		shortcut: colour(`lane-${lane}`),
		accent: colour('accent'),
		danger: colour('danger')
	};
}

/** Calls back now and whenever the system's theme changes; returns a function that stops it. */
export function watchTheme(changed: () => void): () => void {
	const dark = matchMedia('(prefers-color-scheme: dark)');
	changed();
	dark.addEventListener('change', changed);
	return () => dark.removeEventListener('change', changed);
}

/** Resolves a CSS colour for an element, without variables and functions. */
export function resolveColour(element: HTMLElement, css: string): string {
	const probe = element.ownerDocument.createElement('i');
	probe.style.color = css;
	element.append(probe);
	const { color } = getComputedStyle(probe);
	probe.remove();
	return color;
}
