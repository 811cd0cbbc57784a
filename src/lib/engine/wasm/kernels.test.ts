import { expect, it } from 'vitest';
import { bindKernel, PARAMETERS, type KernelName, type Kernels } from './kernels';

const sources = Object.values(
	import.meta.glob<string>('./assembly/*.ts', { eager: true, import: 'default', query: '?raw' })
).join('\n');

/** Names of an exported function's parameters, as its source has them. */
function parametersOf(name: string): string[] {
	const [, list] = new RegExp(`export function ${name}\\(([^)]*)\\)`).exec(sources)!;
	return [...list.matchAll(/(\w+):/g)].map(([, parameter]) => parameter);
}

it.each(Object.entries(PARAMETERS))('%s takes what its source says', (name, parameters) => {
	expect(parameters.split(' ')).toEqual(parametersOf(name));
});

it.each(Object.keys(PARAMETERS) as KernelName[])('%s gets all of its arguments', (name) => {
	const names = PARAMETERS[name].split(' ');
	const given = Object.fromEntries(names.map((parameter, i) => [parameter, i + 1]));
	let seen: number[] = [];
	const kernels = { [name]: (...values: number[]) => (seen = values) } as unknown as Kernels;
	(bindKernel(kernels, name, given as never) as () => number)();
	expect(seen.slice(0, names.length)).toEqual(Object.values(given));
});

it('puts what a call says among what was given before, in the order of the parameters', () => {
	const seen: number[][] = [];
	const kernels = { norm: (x: number, count: number) => seen.push([x, count]) };
	const bound = kernels as unknown as Kernels;
	const norm = bindKernel(bound, 'norm', { count: 7 });
	norm({ x: 64 });
	norm({ x: 128 });
	bindKernel(bound, 'norm', { count: 3, x: 1 })();
	expect(seen).toEqual([
		[64, 7],
		[128, 7],
		[1, 3]
	]);
});
