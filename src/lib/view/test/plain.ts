/** Colours and names independent of theme and language, for tests and measurements. */
import { KINDS, type Kind } from '../graph/layout';
import type { Labels, Palette } from '../graph/paint';

export const PLAIN_PALETTE: Palette = {
	kinds: Object.fromEntries(KINDS.map((kind, i) => [kind, `hsl(${i * 45} 60% 80%)`])) as Record<
		Kind,
		string
	>,
	stage: '#eee',
	surface: '#fff',
	text: '#000',
	muted: '#555',
	line: '#ccc',
	shortcut: '#06a',
	accent: '#05a',
	danger: '#c00'
};

export const PLAIN_LABELS: Labels = {
	op: ({ node }) => [node.node.type],
	group: ({ id }) => id,
	caption: ({ id }) => [[id]],
	content: ({ nodes }) => nodes.map(({ node }) => [node.type]),
	kind: (kind) => kind,
	shortcut: () => 'shortcut'
};
