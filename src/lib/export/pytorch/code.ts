/** Python text, put together line by line. */

export type Lines = string | false | readonly Lines[];

/** Joins what is there; `false` is left out. */
export const lines = (...parts: readonly Lines[]): string => flat(parts).join('\n');

const flat = (part: Lines): string[] =>
	part === false ? [] : typeof part === 'string' ? part.split('\n') : part.flatMap(flat);

/** One level further in; empty lines stay empty. */
export const indent = (parts: readonly Lines[]): string[] =>
	flat(parts).map((line) => (line ? `    ${line}` : line));

export const quoted = (text: string): string => `"${text}"`;

/** An assignment, broken where it would be longer than a line of Python should be. */
export function assign(name: string, call: string): string[] {
	if (name.length + call.length + 3 <= 92) return [`${name} = ${call}`];
	const [, callee, args] = /^([^(]+)\((.*)\)$/.exec(call)!;
	return [`${name} = ${callee}(`, ...indent([args]), ')'];
}
