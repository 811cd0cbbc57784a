import { expect, it } from 'vitest';
import { bindKernel, PARAMETERS, type Kernels } from './kernels';

const sources = Object.values(
	import.meta.glob<string>('./assembly/*.ts', { eager: true, import: 'default', query: '?raw' })
).join('\n');

/** Names of an exported function's parameters, read from its source. */
function parametersOf(name: string): string[] {
	const [, list] = new RegExp(`export function ${name}\\(([^)]*)\\)`).exec(sources)!;
	return [...list.matchAll(/(\w+):/g)].map(([, parameter]) => parameter);
}

it.each(Object.entries(PARAMETERS))('%s takes what its source says', (name, parameters) => {
	expect(parameters.split(' ')).toEqual(parametersOf(name));
});

it('puts what a call says among what was given before, in the order of the parameters', () => {
	const seen: number[][] = [];
	const kernels = { norm: (...values: number[]) => seen.push(values) } as unknown as Kernels;
	const norm = bindKernel(kernels, 'norm', { count: 7 });
	norm({ x: 64 });
	norm({ x: 128 });
	bindKernel(kernels, 'norm', { count: 3, x: 1 })();
	expect(seen).toEqual([
		[64, 7],
		[128, 7],
		[1, 3]
	]);
});
