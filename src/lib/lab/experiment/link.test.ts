import { describe, expect, it } from 'vitest';
import { addLane, changeLane } from './experiment';
import { PRESETS } from './presets';
import { readLabLink, writeLabLink } from './link';

const read = (search: string) => readLabLink(new URLSearchParams(search));

describe('a link to the lab', () => {
	it('leaves the depth to the machine when it says nothing', () => {
		expect(read('')).toEqual({
			request: { preset: 'degradation', depth: 'measure' },
			backend: null,
			recording: null,
			run: false,
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

	it('says whether to train at once; what is shared never does', () => {
		const { run, request, problems } = read('preset=degradation&depth=56&run=1');
		expect(run).toBe(true);
		expect(problems).toEqual([]);
		if (!('experiment' in request)) throw new Error('expected a whole experiment');
		expect(writeLabLink(request.experiment).has('run')).toBe(false);
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
		['depth=', 'depth', ''],
		['run=yes', 'run', 'yes']
	])('%s is named and left out', (search, name, value) => {
		const { problems, request } = read(search);
		expect(problems).toEqual([{ name, value, expected: expect.any(String) }]);
		expect(request).toEqual({ preset: 'degradation', depth: 'measure' });
	});

	it('cuts a hostile value short', () => {
		expect(read(`preset=${'x'.repeat(10_000)}`).problems[0].value).toHaveLength(40);
	});
});

describe('a link with a whole experiment', () => {
	const preset = addLane(PRESETS['zero-residual'](20));
	const gates = [1, 0, 0.5, 1, 1, 1, 1, 1, 1];
	const lanes = preset.lanes.map((lane, i) => (i === 0 ? { ...lane, gates } : lane));
	const experiment = { ...preset, lanes, seed: 7 };
	const search = writeLabLink(experiment);

	it('gives it back', () => {
		expect(readLabLink(search)).toEqual({
			request: { experiment },
			backend: null,
			recording: null,
			run: false,
			problems: []
		});
		expect(search.toString().length).toBeLessThan(600);
	});

	it.each([
		['cut', search.get('experiment')!.slice(0, -20), 'cut or changed'],
		['of other characters', '<script>', 'cut or changed'],
		['too long', 'A'.repeat(9000), '8000 characters at most'],
		[
			'out of bounds',
			writeLabLink({ ...experiment, seed: -1 }).get('experiment')!,
			'seed: expected at least 0'
		]
	])('that is %s opens the default and says why', (_, text, why) => {
		const { request, problems } = readLabLink(new URLSearchParams({ experiment: text }));
		expect(request).toEqual({ preset: 'degradation', depth: 'measure' });
		expect(problems).toHaveLength(1);
		expect(problems[0].expected).toContain(why);
	});
});

describe('the link to a preset', () => {
	it('says no more than its name, depth and seed, and gives it back', () => {
		const experiment = { ...PRESETS.switching(32), seed: 5 };
		const search = writeLabLink(experiment);
		expect(search.toString()).toBe('preset=switching&depth=32&seed=5');
		expect(readLabLink(search).request).toEqual({ experiment });
	});

	it('is not used where anything is changed', () => {
		const changed = changeLane(PRESETS.degradation(20), 1, { width: 9 });
		expect(writeLabLink(changed).has('experiment')).toBe(true);
	});
});

describe('a link to a recorded run', () => {
	it('names it', () => {
		const { recording, request, problems } = read('recording=degradation-56');
		expect(recording).toMatchObject({ preset: 'degradation', depth: 56 });
		expect(request).toEqual({ experiment: PRESETS.degradation(56) });
		expect(problems).toEqual([]);
	});

	it('that is not there says which ones are', () => {
		const { recording, problems } = read('recording=degradation-57');
		expect(recording).toBeNull();
		expect(problems[0].expected).toContain('degradation-56');
	});
});

describe('damaged links', () => {
	const sound = writeLabLink({
		...PRESETS.depths(20),
		studies: { sweep: { depths: [8], seeds: 1, steps: 5 } }
	}).toString();
	const ALPHABET = 'aZ09-_=&%+ÿ…experiment';

	it('are read without an exception, each into something that can be opened, with its problems', () => {
		let refused = 0;
		for (let seed = 0; seed < 500; seed++) {
			const at = (seed * 7919) % sound.length;
			const odd = ALPHABET[seed % ALPHABET.length].repeat(1 + (seed % 3));
			const damaged = [
				sound.slice(0, at),
				sound.slice(0, at) + odd + sound.slice(at),
				sound.slice(0, at) + odd + sound.slice(at + 1),
				sound + sound.slice(at),
				`${sound.slice(at)}&preset=${odd}&depth=${odd}`
			][seed % 5];
			const { request, problems } = read(damaged);
			if (problems.length) {
				refused++;
				for (const { name, expected } of problems) expect(name && expected).toBeTruthy();
			}
			if ('experiment' in request)
				expect(read(writeLabLink(request.experiment).toString())).toMatchObject({
					request: { experiment: request.experiment },
					problems: []
				});
		}
		expect(refused).toBeGreaterThan(250);
	});
});
