import { describe, expect, it } from 'vitest';
import { experimentOf, sameSetup, withinApp, withSeed } from './address';

describe('an address that everyone is to open', () => {
	it.each([
		['http://192.168.1.5:4173/lab/?preset=depths&depth=56', 'lab/?preset=depths&depth=56'],
		[' https://school.example/app/lessons/04-degradation/#part-2 ', 'lessons/04-degradation/'],
		['explore/?net=resnet-18', 'explore/?net=resnet-18']
	])('is taken from the link %s', (link, address) => {
		expect(withinApp(link)).toBe(address);
	});

	it.each(['', 'https://example.org/', 'lab', '/help/', 'javascript:lab/'])(
		'is not taken from %j',
		(link) => {
			expect(withinApp(link)).toBeNull();
		}
	);

	it('gets a seed of the machine’s own unless it gives one', () => {
		expect(withSeed('lab/?preset=depths', 7)).toBe('lab/?preset=depths&seed=7');
		expect(withSeed('lab/', 7)).toBe('lab/?seed=7');
		for (const given of ['lab/?seed=3', 'lab/?experiment=abc', 'lessons/04-degradation/'])
			expect(withSeed(given, 7)).toBe(given);
	});

	it('is the same set-up with another seed and cut shortcuts, and another with another depth', () => {
		const one = experimentOf('lab/?preset=degradation&depth=8')!;
		const seeded = experimentOf('lab/?preset=degradation&depth=8&seed=9')!;
		const lanes = seeded.lanes.map((lane) => ({ ...lane, gates: [1, 0, 1] }));
		expect(sameSetup(one, { ...seeded, lanes })).toBe(true);
		expect(sameSetup(one, experimentOf('lab/?preset=degradation&depth=14')!)).toBe(false);
		expect(experimentOf('lessons/04-degradation/')).toBeNull();
	});
});
