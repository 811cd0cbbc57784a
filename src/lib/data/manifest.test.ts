import { describe, expect, it } from 'vitest';
import { CATALOGUE, findDataSet } from './catalogue';
import { ManifestError, parseManifest, type Manifest } from './manifest';
import { syntheticPack } from './testing';

const { manifest } = syntheticPack();
const [shard] = manifest.splits.train.shards;

describe('parseManifest', () => {
	it('reads what was written', () => {
		expect(parseManifest(JSON.stringify(manifest))).toEqual(manifest);
	});

	it.each<[string, Partial<Record<keyof Manifest, unknown>>, RegExp]>([
		['version', { version: 2 }, /version: .*1.*2/],
		['missing field', { title: undefined }, /title/],
		['unknown field', { colour: true } as object, /colour/],
		['shape', { shape: [28, 28] }, /shape\.2/],
		['shape value', { shape: [28, 0, 1] }, /shape\.1: .*0/],
		['means', { mean: [0.5] }, /1 means and 3 standard deviations for 3 channels/],
		['std of 0', { std: [0.1, 0, 0.1] }, /std\.1: expected more than 0, received 0/],
		['one class', { classes: ['a'] }, /classes/],
		[
			'count',
			{ splits: { ...manifest.splits, train: { ...manifest.splits.train, count: 51 } } },
			/splits\.train: count 51 is not the 50 images of its shards/
		],
		[
			'a file elsewhere',
			{ splits: withShard({ file: '../train-0.bin' }) },
			/splits\.train\.shards\.0\.file: expected a file name without folders, received "\.\.\/train-0\.bin"/
		],
		['hash', { splits: withShard({ sha256: 'abc' }) }, /shards\.0\.sha256: .*"abc"/]
	])('names the field and its value: %s', (_, change, message) => {
		const parse = () => parseManifest(JSON.stringify({ ...manifest, ...change }));
		expect(parse).toThrow(message);
		expect(parse).toThrow(ManifestError);
	});

	it('says when it is no JSON, such as the page of a server that has no such file', () => {
		expect(() => parseManifest('<!doctype html>')).toThrow(/manifest: not JSON/);
	});
});

function withShard(change: object) {
	const train = { count: shard.count, shards: [{ ...shard, ...change }] };
	return { ...manifest.splits, train };
}

describe('catalogue', () => {
	it('finds a data set by id', () => {
		expect(findDataSet('fashion-mnist').folder).toBe('fashion-mnist/');
		expect(CATALOGUE.every(({ folder }) => folder.endsWith('/'))).toBe(true);
	});

	it('names an unknown id and the known ones', () => {
		expect(() => findDataSet('fashion')).toThrow(/data set fashion: .*fashion-mnist/);
	});
});
