// `npm run data`: makes the data pack under static/data from the original Fashion-MNIST files.
// The same files give the same bytes; shards with the right contents are not rewritten.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { readIdx } from './idx.mjs';
import { loadModule } from './load.mjs';
import { ROOT } from './run.mjs';

const PACKAGE = 'dataset-fashion-mnist';
const FILES = {
	train: { images: 'train-images-idx3-ubyte.gz', labels: 'train-labels-idx1-ubyte.gz' },
	test: { images: 't10k-images-idx3-ubyte.gz', labels: 't10k-labels-idx1-ubyte.gz' }
};
/** Images in the source and in the pack: the first training images, and test images with every class in proportion. */
const COUNTS = { train: { source: 60_000, taken: 10_000 }, test: { source: 10_000, taken: 2_000 } };
const PER_SHARD = 1_000;
/** Mean and deviation of the whole training split; other values mean other images. */
const EXPECTED = { mean: 0.286, std: 0.353 };

const INFO = {
	version: 1,
	id: 'fashion-mnist',
	title: 'Fashion-MNIST',
	shape: [28, 28, 1],
	classes: [
		'T-shirt/top',
		'Trouser',
		'Pullover',
		'Dress',
		'Coat',
		'Sandal',
		'Shirt',
		'Sneaker',
		'Bag',
		'Ankle boot'
	]
};
const SOURCE =
	'Han Xiao, Kashif Rasul, Roland Vollgraf: Fashion-MNIST, a Novel Image Dataset for Benchmarking ' +
	'Machine Learning Algorithms (2017), https://github.com/zalandoresearch/fashion-mnist; ' +
	'the first 10,000 training images in order, and 200 test images of each class in an order that keeps the proportion';
const COPYRIGHT = 'Copyright © 2017 Zalando SE, https://tech.zalando.com';
const LICENCE = `Fashion-MNIST
The MIT License (MIT)

${COPYRIGHT}

Permission is hereby granted, free of charge, to any person obtaining a copy of
this software and associated documentation files (the "Software"), to deal in
the Software without restriction, including without limitation the rights to
use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of
the Software, and to permit persons to whom the Software is furnished to do so,
subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS
FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER
IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;

const HELP = `Usage: npm run data [-- FOLDER]

Makes static/data/${INFO.id} from Debian's package ${PACKAGE}, or, where there is
no apt, from a FOLDER with the original files:
${Object.values(FILES)
	.flatMap(({ images, labels }) => `  ${images}\n  ${labels}`)
	.join('\n')}`;

if (process.argv.includes('--help') || process.argv.includes('-h')) {
	console.log(HELP);
	process.exit(0);
}
try {
	const [given] = process.argv.slice(2);
	await makePack(given ? resolve(given) : downloadPackage());
} catch (error) {
	console.error(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
	process.exit(1);
}

/**
 * Downloads and unpacks the package; needs apt but not root.
 * @returns {string} the folder with its files
 */
function downloadPackage() {
	const cache = join(ROOT, '.cache', PACKAGE);
	const folder = join(cache, 'usr/share/datasets/fashion-mnist');
	if (existsSync(join(folder, FILES.train.images))) return folder;
	rmSync(cache, { recursive: true, force: true });
	mkdirSync(cache, { recursive: true });
	try {
		execFileSync('apt-get', ['download', PACKAGE], { cwd: cache, stdio: 'inherit' });
		const [file] = readdirSync(cache).filter((name) => name.endsWith('.deb'));
		execFileSync('dpkg-deb', ['-x', file, '.'], { cwd: cache, stdio: 'inherit' });
	} catch (error) {
		throw new Error(`${PACKAGE} could not be fetched by apt.`, { cause: error });
	}
	return folder;
}

/** @param {string} folder with the four files */
async function makePack(folder) {
	const { inProportion, packSplit, parseManifest } = await loadModule('data');
	const target = join(ROOT, 'static/data', INFO.id);
	mkdirSync(target, { recursive: true });

	/** @type {Record<string, unknown>} */
	const splits = {};
	let statistics = { mean: NaN, std: NaN };
	for (const split of /** @type {const} */ (['train', 'test'])) {
		const { source, taken } = COUNTS[split];
		/** @type {(name: string, rank: number) => {shape: number[], values: Uint8Array}} */
		const read = (name, rank) => readIdx(gunzipSync(readFileSync(join(folder, name))), rank);
		const images = read(FILES[split].images, 3);
		const labels = read(FILES[split].labels, 1);
		check(`${FILES[split].images}: shape`, images.shape.join('×'), `${source}×28×28`);
		check(`${FILES[split].labels}: shape`, labels.shape.join('×'), `${source}`);
		if (split === 'train') statistics = statisticsOf(images.values);

		const order = (
			split === 'train' ? [...labels.values.keys()] : [...inProportion(byClass(labels.values))]
		).slice(0, taken);
		const packed = packSplit(
			split,
			{
				pixels: pick(images.values, order, 28 * 28),
				labels: pick(labels.values, order, 1)
			},
			PER_SHARD,
			(/** @type {Uint8Array} */ contents, /** @type {string} */ file) =>
				compress(contents, join(target, file))
		);
		for (const [file, bytes] of packed.files) writeFileSync(join(target, file), bytes);
		splits[split] = packed.info;
	}
	check('mean of the training pixels', statistics.mean, EXPECTED.mean);
	check('standard deviation of the training pixels', statistics.std, EXPECTED.std);

	const manifest = JSON.stringify(
		{
			...INFO,
			mean: [statistics.mean],
			std: [statistics.std],
			source: SOURCE,
			licence: { name: 'MIT', copyright: COPYRIGHT, file: 'LICENSE.txt' },
			splits
		},
		null,
		'\t'
	);
	const { splits: checked } = parseManifest(manifest);
	writeFileSync(join(target, 'manifest.json'), `${manifest}\n`);
	writeFileSync(join(target, 'LICENSE.txt'), LICENCE);
	const shards = [...checked.train.shards, ...checked.test.shards];
	const bytes = shards.reduce((sum, shard) => sum + shard.bytes, 0);
	console.log(`${target}: ${shards.length} shards, ${(bytes / 1e6).toFixed(1)} MB`);
}

/**
 * The indices of the images of each class.
 * @param {Uint8Array} labels
 */
function byClass(labels) {
	return INFO.classes.map((_, label) => [...labels.keys()].filter((i) => labels[i] === label));
}

/**
 * The values of some images, one after another.
 * @param {Uint8Array} values
 * @param {readonly number[]} order of the images
 * @param {number} size values per image
 */
function pick(values, order, size) {
	const picked = new Uint8Array(order.length * size);
	order.forEach((image, at) =>
		picked.set(values.subarray(image * size, (image + 1) * size), at * size)
	);
	return picked;
}

/**
 * The smallest gzip file, or the one that is there when it holds the same: compressors of other
 * versions of Node give other bytes for the same contents.
 * @param {Uint8Array} contents
 * @param {string} path
 */
function compress(contents, path) {
	try {
		const present = readFileSync(path);
		if (gunzipSync(present).equals(contents)) return present;
	} catch {
		// Missing or broken: made below.
	}
	return gzipSync(contents, { level: 9 });
}

/**
 * Mean and standard deviation of pixels in 0…1, rounded to four digits.
 * @param {Uint8Array} pixels
 */
function statisticsOf(pixels) {
	let sum = 0;
	let squares = 0;
	for (const value of pixels) {
		sum += value;
		squares += value * value;
	}
	const mean = sum / pixels.length;
	const variance = squares / pixels.length - mean * mean;
	return { mean: fourDigits(mean / 255), std: fourDigits(Math.sqrt(variance) / 255) };
}

/** @param {number} value */
function fourDigits(value) {
	return Math.round(value * 1e4) / 1e4;
}

/**
 * @param {string} what
 * @param {unknown} got
 * @param {unknown} expected
 */
function check(what, got, expected) {
	if (got !== expected) throw new Error(`${what} is ${got}, expected ${expected}`);
}
