import { describe, expect, it } from 'vitest';
import { PRESETS } from './experiment';
import { readLink } from './link';

const read = (search: string) => readLink(new URLSearchParams(search));

describe('a link to the lab', () => {
	it('leaves the depth to the machine when it says nothing', () => {
		expect(read('')).toEqual({
			request: { preset: 'degradation', depth: 'measure' },
			backend: null,
			problems: []
		});
		expect(read('preset=vanishing&backend=wasm')).toMatchObject({
			request: { preset: 'vanishing', depth: 'measure' },
			backend: 'wasm',
			problems: []
		});
	});

	it('gives the whole experiment when it names a size', () => {
		expect(read('preset=depths&depth=56&seed=7').request).toEqual({
			experiment: { ...PRESETS.depths(56), seed: 7 }
		});
		const { request } = read('width=4&batch=16');
		expect(request).toMatchObject({
			experiment: { recipe: { batch: 16 }, lanes: [{ network: { width: 4, depth: 20 } }, {}] }
		});
	});

	it.each([
		['preset=nonsense', 'preset', 'nonsense'],
		['depth=21', 'depth', '21'],
		['depth=1202', 'depth', '1202'],
		['seed=-1', 'seed', '-1'],
		['seed=1e3', 'seed', '1e3'],
		['batch=100000', 'batch', '100000'],
		['backend=cuda', 'backend', 'cuda'],
		['preset=__proto__', 'preset', '__proto__'],
		['depth=', 'depth', '']
	])('%s is named and left out', (search, name, value) => {
		const { problems, request } = read(search);
		expect(problems).toEqual([{ name, value, expected: expect.any(String) }]);
		expect(request).toEqual({ preset: 'degradation', depth: 'measure' });
	});

	it('cuts a hostile value short', () => {
		expect(read(`preset=${'x'.repeat(10_000)}`).problems[0].value).toHaveLength(40);
	});
});
