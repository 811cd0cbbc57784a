/** The theme's colours as a canvas and an exported file need them: resolved, not by name. */
import { KINDS, type Kind } from './layout';
import type { Palette } from './paint';

/** Reads the custom properties of the theme through an element of the page. */
export function readPalette(element: HTMLElement): Palette {
	const probe = element.ownerDocument.createElement('i');
	element.append(probe);
	const colour = (name: string) => {
		probe.style.color = `var(--${name})`;
		return getComputedStyle(probe).color;
	};
	const palette: Palette = {
		kinds: Object.fromEntries(KINDS.map((kind) => [kind, colour(`op-${kind}`)])) as Record<
			Kind,
			string
		>,
		stages: ['surface-2', 'stage-1', 'stage-2', 'stage-3'].map(colour),
		surface: colour('surface'),
		text: colour('text'),
		muted: colour('muted'),
		line: colour('line'),
		shortcut: colour('lane-1'),
		accent: colour('accent')
	};
	probe.remove();
	return palette;
}
