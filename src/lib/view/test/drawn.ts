/** Renders a component with fixed values to readable text, with one element per line, for snapshots. */
import type { Component, ComponentProps } from 'svelte';
import { render } from 'svelte/server';

/** The markup, without Svelte's own additions. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- of any properties, as Svelte's own `render` has it
export function drawn<C extends Component<any>>(component: C, props: ComponentProps<C>): string {
	const { body } = render(component as Component, { props });
	const own = body
		.replace(/<!--.*?-->/g, '')
		.replace(/(?<= class="[^"]*) ?svelte-\w+/g, '')
		.replace(/(?<= class=") /g, '')
		.replace(/ class=""/g, '')
		// Digits that a screen cannot show are noise in a diff.
		.replace(/\d+\.\d{4,}/g, (number) => String(Number(Number(number).toFixed(3))));
	let depth = 0;
	const lines: string[] = [];
	for (const [part, tag, name] of own.matchAll(/<(\/?)([\w-]+)[^>]*>|[^<]+/g)) {
		if (tag === '/') depth--;
		const text = part.trim().replace(/\s+/g, ' ');
		if (text) lines.push('\t'.repeat(depth) + text);
		if (tag === '' && !part.endsWith('/>') && !VOID.includes(name)) depth++;
	}
	// An element that contains only text stays on one line.
	return lines
		.join('\n')
		.replace(/(<([\w-]+)[^<>]*>)\n\t*([^<>\n]+)\n\t*(<\/\2>)/g, '$1$3$4')
		.replace(/(<([\w-]+)[^<>]*>)\n\t*(<\/\2>)/g, '$1$3')
		.concat('\n');
}

const VOID = ['br', 'hr', 'img', 'input'];

/** The SVG pictures in a markup, each as it would be in a file. */
export function svgOf(markup: string): string {
	const start = markup.search(/^\t*<svg /m);
	const indent = /^\t*/.exec(markup.slice(start))?.[0] ?? '';
	const end = markup.indexOf(`\n${indent}</svg>`, start);
	if (start < 0 || end < 0) throw new Error('no picture in the markup');
	return (
		markup
			.slice(start, end + `\n${indent}</svg>`.length)
			.split('\n')
			.map((line) => line.slice(indent.length))
			.join('\n')
			.replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" ') + '\n'
	);
}

/** The attributes of every element with the given name and class. */
export function elements(
	markup: string,
	name: string,
	className?: string
): Record<string, string>[] {
	return [...markup.matchAll(new RegExp(`<${name}(\\s[^>]*)?>`, 'g'))]
		.map(([tag]) =>
			Object.fromEntries(
				[...tag.matchAll(/([\w-:]+)="([^"]*)"/g)].map(([, key, value]) => [key, value])
			)
		)
		.filter((attributes) => className === undefined || attributes.class === className);
}

/** The points of a path of straight lines. */
export const pointsOf = (path: string): [x: number, y: number][] =>
	[...path.matchAll(/[ML](-?[\d.]+)[ ,](-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
