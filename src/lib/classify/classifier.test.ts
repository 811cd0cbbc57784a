/**
 * Classifies pictures in Node, on tfjs's wasm. Compares the class scores of ImageNet networks with PyTorch's, of torchvision's own
 * networks where it has them, from the files that PyTorch saves; skipped without torchvision.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DECODERS } from '$lib/data/import/nodeDecoders';
import { callOf } from '$lib/export/networks';
import { runTesting } from '$lib/export/testing/python';
import { parseName } from '$lib/network';
import { findTorchvision } from '../../../scripts/python.mjs';
import { Classifier } from './classifier';

// Vite gives the files' addresses, Node reads their paths.
vi.mock('$lib/engine/tfjs/wasmFiles', () => import('$lib/engine/tfjs/wasmFilesInNode'));

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
