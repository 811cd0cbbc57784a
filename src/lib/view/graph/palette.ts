/** The theme's colours as a canvas and an exported file need them: resolved, not by name. */
import { KINDS, type Kind } from './layout';
import type { Palette } from './paint';

/**
 * Reads the custom properties of the theme through an element of the page.
 * @param lane whose colour shortcuts have
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

/** Calls back now and whenever the system's theme changes; returns what ends that. */
export function watchTheme(changed: () => void): () => void {
	const dark = matchMedia('(prefers-color-scheme: dark)');
	changed();
	dark.addEventListener('change', changed);
	return () => dark.removeEventListener('change', changed);
}

/** A colour by its CSS as the element would have it, without names and functions. */
export function resolveColour(element: HTMLElement, css: string): string {
	const probe = element.ownerDocument.createElement('i');
	probe.style.color = css;
	element.append(probe);
	const { color } = getComputedStyle(probe);
	probe.remove();
	return color;
}
