/** Tests the project of a single network in a real PyTorch; skipped without PyTorch or torchvision. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { csvParse } from 'd3';
import { describe, expect, it } from 'vitest';
import { parseName } from '$lib/network';
import { findTorchvision } from '../../../../scripts/python.mjs';
import { TWO_PROCESSES } from '../testing/python';
import { pytorchNetworkProject } from './networkProject';

const PYTHON = findTorchvision();
const env = { ...process.env, OMP_NUM_THREADS: '1' };

/** Writes images of three classes that differ in colour. */
const PICTURES = `
import os
from PIL import Image
for split, count in (("train", 8), ("val", 4)):
    for k in range(6):
        folder = os.path.join("images", split, f"class{k}")
        os.makedirs(folder)
        for i in range(count):
            colour = tuple(40 * k if c == k % 3 else 10 * i for c in range(3))
            Image.new("RGB", (260 + i, 300), colour).save(os.path.join(folder, f"{i}.png"))
`;

describe('the project of a single network', () => {
	it('trains a CIFAR network as in the paper if it takes CIFAR-10’s images', () => {
		const files = pytorchNetworkProject(parseName('cifar-resnet-56?shortcut=B'), 'test 1');
		const { experiment } = JSON.parse(files.get('experiment.json')!);
		expect(experiment.recipe).toMatchObject({
			batch: 128,
			learningRate: 0.1,
			schedule: { kind: 'drops', after: [32_000, 48_000] }
		});
		expect(experiment.lanes[0].network).toMatchObject({ depth: 56, shortcut: 'B' });
		expect(JSON.parse(files.get('experiment.json')!).steps).toBe(64_000);
		expect([...pytorchNetworkProject(parseName('cifar-resnet-20?size=28'), '').keys()]).toEqual([
			...['model.py', 'networks.py', 'networks.json']
		]);
	});

	it('gives an ImageNet network the recipe of its paper', () => {
		const recipe = (name: string) =>
			JSON.parse(pytorchNetworkProject(parseName(name), 'test 1').get('recipe.json')!);
		expect(recipe('resnet-50')).toMatchObject({ batch: 256, drops: [30, 60, 90], size: 224 });
		expect(recipe('alexnet-2012').size).toBe(227);
		expect(recipe('vgg-19').shorter).toEqual([256, 512]);
	});

	it.skipIf(!PYTHON)(
		'trains on folders of images, writes norms and errors, and resumes from its checkpoint in two processes',
		async () => {
			const folder = mkdtempSync(join(tmpdir(), 'imagenet-'));
			const python = (...args: string[]) =>
				promisify(execFile)(PYTHON!, args, { cwd: folder, env });
			const rows = (name: string) => csvParse(readFileSync(join(folder, 'run', name), 'utf8'));
			try {
				for (const [file, text] of pytorchNetworkProject(parseName('resnet-18'), 'test 1'))
					writeFileSync(join(folder, file), text);
				await python('-c', PICTURES);
				const options = ['--data', 'images', '--batch', '8', '--workers', '0'];
				const probes = ['--probe-every', '2', '--rate', '0.01'];
				await python('train.py', ...options, ...probes, '--epochs', '1');
				expect(rows('norms.csv').map(({ step }) => Number(step))).toEqual([1, 3, 5]);
				const { stdout } = await python(
					...[...TWO_PROCESSES, 'train.py'],
					...[...options, ...probes, '--epochs', '2']
				);
				expect(stdout).toContain('resumed after epoch 1');
				const norms = rows('norms.csv');
				expect(norms.map(({ step }) => Number(step))).toEqual([1, 3, 5, 7, 9, 11]);
				for (const row of norms)
					for (const [name, value] of Object.entries(row))
						expect(Number(value), name).toBeGreaterThanOrEqual(0);
				expect(norms.columns).toContain('blocks.7.conv2.weight');
				const curve = rows('curve.csv');
				expect(curve.map(({ epoch }) => epoch)).toEqual(['1', '2']);
				expect(Number(curve[1]['top-5 error'])).toBeLessThanOrEqual(
					Number(curve[1]['top-1 error'])
				);
			} finally {
				rmSync(folder, { recursive: true });
			}
		}
	);
});
