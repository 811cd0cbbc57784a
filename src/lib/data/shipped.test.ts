// The pack that is shipped: what its manifest says is what its files hold.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeBatch, testBatches } from './batches';
import { CATALOGUE, findDataSet } from './catalogue';
import { parseManifest } from './manifest';
import { openDataSet, type DataSet } from './shards';

const DATA = 'static/data';

describe('Fashion-MNIST', () => {
	const folder = join(DATA, findDataSet('fashion-mnist').folder);
	const manifest = parseManifest(readFileSync(join(folder, 'manifest.json'), 'utf8'));
	let set: DataSet;

	beforeAll(async () => {
		const load = async (file: string) => new Uint8Array(readFileSync(join(folder, file))).buffer;
		set = openDataSet(manifest, { load });
		await Promise.all([set.ready('train', 10_000), set.ready('test', 2_000)]);
	});

	it('has the counts, the shape, the classes and the licence', () => {
		expect(manifest.splits.train.count).toBe(10_000);
		expect(manifest.splits.test.count).toBe(2_000);
		expect(manifest.shape).toEqual([28, 28, 1]);
		expect(manifest.classes).toHaveLength(10);
		expect(manifest.mean).toEqual([0.286]);
		expect(manifest.std).toEqual([0.353]);
		const licence = readFileSync(join(folder, manifest.licence.file), 'utf8');
		expect(licence).toContain(manifest.licence.copyright);
	});

	const labels = (split: 'train' | 'test', count: number) =>
		Array.from({ length: count }, (_, i) => set.image(split, i).label);

	it('holds the first training images of the source, in order', () => {
		expect(labels('train', 10)).toEqual([9, 0, 0, 3, 0, 2, 7, 2, 5, 5]);
	});

	it('has about as many training images of each class', () => {
		const all = labels('train', 10_000);
		for (let label = 0; label < 10; label++)
			expect(Math.abs(all.filter((each) => each === label).length - 1000)).toBeLessThan(150);
	});

	it.each([100, 500, 1000, 2000])(
		'the first %s test images hold all classes in proportion',
		(n) => {
			const first = labels('test', n);
			for (let label = 0; label < 10; label++)
				expect(first.filter((each) => each === label)).toHaveLength(n / 10);
		}
	);

	it('has mean 0 and standard deviation 1 once standardised', () => {
		const indices = Array.from({ length: 10_000 }, (_, i) => i);
		const { images } = makeBatch(set, indices, { halve: false });
		const mean = images.reduce((sum, v) => sum + v, 0) / images.length;
		const variance = images.reduce((sum, v) => sum + v * v, 0) / images.length - mean ** 2;
		expect(Math.abs(mean)).toBeLessThan(0.01);
		expect(Math.abs(Math.sqrt(variance) - 1)).toBeLessThan(0.01);
	});

	it('is evaluated at half size on 16×16', () => {
		expect(testBatches(set, 500, 100, { halve: true })[4].shape).toEqual([100, 16, 16, 1]);
	});

	it('has no file that nobody names', () => {
		const { train, test } = manifest.splits;
		const named = [...train.shards, ...test.shards].map(({ file }) => file);
		expect(readdirSync(folder).sort()).toEqual(
			[...named, 'manifest.json', manifest.licence.file].sort()
		);
	});
});

it('every entry of the catalogue has a pack of its id', () => {
	for (const { id, title, folder } of CATALOGUE) {
		const manifest = parseManifest(readFileSync(join(DATA, folder, 'manifest.json'), 'utf8'));
		expect(manifest).toMatchObject({ id, title });
	}
});
