/**
 * Classifies pictures in Node, on tfjs's wasm. Compares the class scores of ImageNet networks with PyTorch's, of torchvision's own
 * networks where it has them, from the files that PyTorch saves; skipped without torchvision.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DECODERS } from '$lib/data/import/nodeDecoders';
import { Inference } from '$lib/engine/inference';
import { callOf } from '$lib/export/networks';
import { writeSafetensors } from '$lib/export/safetensors';
import { freshAverage, freshWeights, toTensors } from '$lib/export/weights';
import { runTesting } from '$lib/export/testing/python';
import { analyse, lastMaps, networkOf, parseName, withoutBlock } from '$lib/network';
import { findTorchvision } from '../../../scripts/python.mjs';
import { Classifier, type RemovedBlock } from './classifier';
import { inferenceBytes } from './memory';
import { seesPhotographs } from './network';
import { cutOut, standardised } from './photograph';

// Vite gives the files' addresses, Node reads their paths.

const PYTHON = findTorchvision();
/** Our names with those of torchvision; `AGREEMENT=all` adds networks that are too large for a normal run. */
const NETWORKS: readonly (readonly [name: string, torchvision: string | null])[] = [
	['resnet-18', 'resnet18'],
	['googlenet', null],
	['alexnet-2012', null],
	...(process.env.AGREEMENT === 'all'
		? ([
				['alexnet', 'alexnet'],
				['vgg-16', 'vgg16'],
				['vgg-19', 'vgg19'],
				['resnet-34', 'resnet34'],
				['resnet-50?stride=3x3', 'resnet50'],
				['resnet-101?stride=3x3', 'resnet101'],
				['resnet-152?stride=3x3', 'resnet152'],
				['resnet-50', null],
				['resnet-18?order=pre', null],
				['plain-34', null]
			] as const)
		: [])
];

/** A picture of 300×240 pixels with edges and gradients. */
const PICTURE = new File(
	[
		encode({
			width: 300,
			height: 240,
			channels: 3,
			data: Uint8Array.from({ length: 300 * 240 * 3 }, (_, i) => {
				const [x, y, c] = [Math.floor(i / 3) % 300, Math.floor(i / 900), i % 3];
				return (x * (c + 1) + ((y >> 4) % 2) * 90 + ((x * y) % 37)) % 256;
			})
		}).slice()
	],
	'edges.png'
);

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'classify-'))));
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(!PYTHON)('class scores', { timeout: 900_000 }, () => {
	it.each(NETWORKS)('%s agrees with PyTorch within 1e-3', async (name, torchvision) => {
		const classifier = new Classifier(DECODERS);
		const { pixels, side } = await classifier.open(name, PICTURE);
		expect(pixels).toHaveLength(side * side * 3);
		writeFileSync(join(folder, 'image'), pixels);
		const convention = name === 'googlenet' ? 'caffe' : 'torchvision';
		const network = {
			...{ file: 'weights.pth', image: 'image', torchvision, caffe: convention === 'caffe' },
			call: callOf({ spec: parseName(name) })
		};
		const [expected] = await runTesting<number[]>(PYTHON!, 'classify_torch.py', ['pytorch/files'], {
			folder,
			networks: [network]
		});
		const file = new File([readFileSync(join(folder, 'weights.pth'))], 'weights.pth');
		const shares: number[] = [];
		const loaded = await classifier.load(name, file, (share) => shares.push(share));
		expect(shares.at(-1)).toBe(1);
		expect(loaded.warnings.filter(({ code }) => code === 'stride')).toEqual([]);
		const { scores, milliseconds } = await classifier.classify(convention, [], () => {});
		const scale = Math.max(...expected.map(Math.abs));
		const off = Math.max(...expected.map((score, i) => Math.abs(score - scores[i])));
		if (process.env.AGREEMENT) console.log(name, { off, scale, milliseconds });
		expect(scores).toHaveLength(expected.length);
		expect(scale).toBeGreaterThan(0.01);
		expect(off).toBeLessThan(1e-3 * Math.min(1, scale));
	});
});

const NAME = 'resnet-18';
const NETWORK = analyse(networkOf(parseName(NAME)));
const SCORES = `${NETWORK.nodes[NETWORK.nodes.length - 1].node.id}`;

describe('with drawn weights', () => {
	const weights = freshWeights(NETWORK, 3);
	const file = new File(
		[writeSafetensors(toTensors(NETWORK, weights)).slice()],
		'drawn.safetensors'
	);
	const classifier = new Classifier(DECODERS);
	let scores: Float32Array;
	beforeAll(async () => {
		await classifier.open(NAME, PICTURE);
		const loaded = await classifier.load(NAME, file, () => {});
		expect(loaded).toMatchObject({ convention: 'torchvision', leftOut: [], warnings: [] });
		({ scores } = await classifier.classify('torchvision', [], () => {}));
	}, 120_000);

	it('the mean of the activation map and the bias are the class score', async () => {
		const [best] = [...scores.keys()].sort((a, b) => scores[b] - scores[a]);
		const map = await classifier.activation(best);
		expect(map!.shape).toEqual([7, 7, 1]);
		const mean = map!.values.reduce((sum, value) => sum + value, 0) / 49;
		const bias = weights.parameters.get(`${SCORES}/bias`)![best];
		expect(mean + bias).toBeCloseTo(scores[best], 4);
	});

	it('a removed block changes the answer as the network without it does', async () => {
		const found: RemovedBlock[] = [];
		await classifier.withoutBlocks((one) => found.push(one));
		expect(found.map(({ scores }) => scores === null)).toEqual([
			...[false, false, true, false, true, false, true, false]
		]);
		const values = new Map([
			...weights.parameters,
			...NETWORK.averages.map((average) => [average.name, freshAverage(average)] as const)
		]);
		const inference = await Inference.open(values);
		const { pixels } = await classifier.open(NAME, PICTURE);
		const given = new Map([['input', standardised(pixels, 'torchvision')]]);
		for (const block of [0, 5, 7]) {
			const rest = analyse(withoutBlock(NETWORK, block)!);
			const expected = (await inference.outputs(rest, given, [SCORES])).get(SCORES)!;
			expect(found[block].scores).toEqual(expected);
			expect(expected).not.toEqual(scores);
		}
	});

	it('a cut shortcut counts', async () => {
		const gates = NETWORK.blocks.map(({ index }) => (index === 1 ? 0 : 1));
		const cut = await classifier.classify('torchvision', gates, () => {});
		expect(cut.scores).not.toEqual(scores);
		const open = await classifier.classify('torchvision', [], () => {});
		expect(open.scores).toEqual(scores);
		expect((await classifier.map('block3/add')).shape).toEqual([28, 28, 128]);
		await expect(classifier.map('block9/add')).rejects.toThrow('block9/add');
	});

	it('stops where it is told to', async () => {
		let count = 0;
		await classifier.withoutBlocks(() => {
			count++;
			classifier.stop();
		});
		expect(count).toBe(1);
	});
});

describe('what is refused', () => {
	const problem = async (asked: Promise<unknown>) =>
		new Classifier(DECODERS).problemOf(await asked.catch((error: unknown) => error));
	const open = (name: string, ...parts: BlobPart[]) =>
		problem(new Classifier(DECODERS).open(NAME, new File(parts, name)));

	it('pictures that browsers cannot read, cut ones, and other files', async () => {
		expect(await open('a.heic', '\0\0\0\x18ftypheic\0\0\0\0mif1heic')).toEqual({
			...{ code: 'no-picture', file: 'a.heic', kind: 'heic' }
		});
		expect(await open('a.jpg', 'some words')).toMatchObject({ code: 'no-picture', kind: 'text' });
		expect(
			await open(
				'a.png',
				Uint8Array.from({ length: 40 }, (_, i) => i * 7)
			)
		).toMatchObject({
			...{ code: 'no-picture', kind: null }
		});
		const bytes = new Uint8Array(await PICTURE.arrayBuffer());
		expect(await open('cut.png', bytes.slice(0, bytes.length >> 1))).toMatchObject({
			...{ code: 'damaged-picture', file: 'cut.png' }
		});
	});

	it('weights of another network', async () => {
		const other = analyse(networkOf(parseName('cifar-resnet-8?width=2')));
		const tensors = toTensors(other, freshWeights(other, 1));
		const file = new File([writeSafetensors(tensors).slice()], 'other.safetensors');
		expect(await problem(new Classifier(DECODERS).load(NAME, file, () => {}))).toMatchObject({
			...{ code: 'weights', file: 'other.safetensors', problem: { code: 'shape' } }
		});
	});

	it('what browsers throw without memory', () => {
		const { problemOf } = new Classifier(DECODERS);
		const of = (error: Error) => problemOf.call(new Classifier(DECODERS), error).code;
		expect(of(new RangeError('Array buffer allocation failed'))).toBe('memory');
		expect(of(new WebAssembly.RuntimeError('unreachable'))).toBe('memory');
		expect(of(new TypeError('x is undefined'))).toBe('failed');
	});
});

it('only networks with global pooling have an activation map, and only those of ImageNet see photographs', () => {
	const of = (name: string) => analyse(networkOf(parseName(name)));
	expect(lastMaps(of('googlenet'))).toBe('inception5b/concat');
	expect(lastMaps(of('resnet-18?order=pre'))).toBe('head/activation');
	expect(lastMaps(of('vgg-16'))).toBeNull();
	expect(seesPhotographs(of('alexnet-2012'))).toBe(true);
	expect(seesPhotographs(of('cifar-resnet-20'))).toBe(false);
});

it('memory is told: VGG’s weights are nearly all of it, read one tensor at a time', () => {
	const { weights, maps, reading, total } = inferenceBytes(analyse(networkOf(parseName('vgg-16'))));
	expect(weights).toBe(4 * 138_357_544);
	expect(reading).toBe(4 * 25_088 * 4096);
	// Two maps of 224×224×64 beside the small kernel between them.
	expect(maps).toBeGreaterThan(2 ** 24 + 4 * 2 * 224 * 224 * 64);
	expect(maps).toBeLessThan(2 ** 24 + 4 * 2.1 * 224 * 224 * 64);
	expect(total).toBe(weights + reading);
});

it('scales the short side to 256 and cuts out the middle', () => {
	// Red grows to the right, green downwards; 512×256 becomes the middle 256×256.
	const data = Uint8Array.from({ length: 512 * 256 * 3 }, (_, i) => {
		const [x, y] = [Math.floor(i / 3) % 512, Math.floor(i / 1536)];
		return [x >> 1, y, 7][i % 3];
	});
	const raster = { width: 512, height: 256, channels: 3, data, range: [0, 255] } as const;
	const pixels = cutOut(raster, 224);
	expect([...pixels.subarray(0, 3)]).toEqual([(128 + 16) >> 1, 16, 7]);
	expect([...pixels.subarray(-3)]).toEqual([(128 + 16 + 223) >> 1, 16 + 223, 7]);
	expect(standardised(Uint8Array.of(10, 20, 30), 'caffe')).toEqual(
		Float32Array.of(30 - 104, 20 - 117, 10 - 123)
	);
	expect(standardised(Uint8Array.of(255, 0, 0), 'torchvision')[0]).toBeCloseTo(0.515 / 0.229, 5);
});
