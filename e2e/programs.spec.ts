/** Networks exported to other programs: ONNX files with trained weights, and code. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { unzipSync } from 'fflate';
import { loadModule } from '../scripts/load.mjs';
import { findOnnxRuntime } from '../scripts/onnx.mjs';
import { expect, test, type Page } from './test';
import { openExport, trainAndTest } from './lab';

const PACK = 'static/data/fashion-mnist';
const IMAGES = 500;
const STEPS = 5;
const runtime = findOnnxRuntime();

async function saved(page: Page, press: () => Promise<void>): Promise<[string, Buffer]> {
	const download = page.waitForEvent('download');
	await press();
	const file = await download;
	return [file.suggestedFilename(), await readFile(await file.path())];
}

/** Mean cross-entropy and error of an ONNX file on test images, computed as in the lab. */
async function tested(file: Uint8Array): Promise<[loss: number, error: number]> {
	const data = (await loadModule('data')) as typeof import('../src/lib/data');
	const manifest = data.parseManifest(readFileSync(join(PACK, 'manifest.json'), 'utf8'));
	const set = data.openDataSet(manifest, {
		load: async (name) => new Uint8Array(readFileSync(join(PACK, name))).buffer
	});
	await set.ready('test', IMAGES);
	const batches = data.testBatches(set, IMAGES, 100, { halve: true });
	const session = await runtime.InferenceSession.create(file);
	let loss = 0;
	let wrong = 0;
	for (const { images, labels, shape } of batches) {
		// With one channel, [N, H, W, 1] is already [N, 1, H, W].
		const [count, height, width] = shape;
		const { logits } = await session.run({
			images: new runtime.Tensor('float32', images, [count, 1, height, width])
		});
		labels.forEach((label, n) => {
			const own = [...(logits.data as Float32Array).subarray(10 * n, 10 * n + 10)];
			const most = Math.max(...own);
			loss += most - own[label] + Math.log(own.reduce((sum, x) => sum + Math.exp(x - most), 0));
			if (own[label] !== most) wrong++;
		});
	}
	return [loss / IMAGES, wrong / IMAGES];
}

test('networks trained in the lab have the same test error in ONNX Runtime, with and without cut shortcuts', async ({
	page
}) => {
	test.skip(!runtime, 'ONNX Runtime is not installed');
	const { PRESETS } = (await loadModule(
		'lab/experiment/presets.ts'
	)) as typeof import('../src/lib/lab/experiment/presets');
	const { writeLabLink } = (await loadModule(
		'lab/experiment/link.ts'
	)) as typeof import('../src/lib/lab/experiment/link');
	const preset = PRESETS.degradation(8);
	const [plain, residual] = preset.lanes;
	const experiment = {
		...preset,
		lanes: [plain, { ...residual, gates: [1, 0, 0.5] }],
		evaluation: { every: STEPS, images: IMAGES }
	};
	const record = await trainAndTest(page, String(writeLabLink(experiment)), STEPS);
	const box = await openExport(page);
	for (const [lane, name] of ['plain-8', 'residual-8'].entries()) {
		const button = box.getByRole('button', { name: `${name} as ONNX` });
		const [file, bytes] = await saved(page, () => button.click());
		expect(file).toBe(`${name}.onnx`);
		const own = record.evaluations.find((each) => each.lane === lane)!;
		const [loss, error] = await tested(bytes);
		expect(Math.abs(loss - own.loss)).toBeLessThan(1e-4);
		expect(error).toBe(own.error);
	}

	const keras = box.getByRole('button', { name: 'Download the Keras code' });
	const [, zip] = await saved(page, () => keras.click());
	const files = unzipSync(zip);
	const [data, code] = [true, false].map((isData) =>
		Object.keys(files)
			.filter((file) => file.startsWith('keras/data/') === isData)
			.sort()
	);
	expect(data).toContain('keras/data/manifest.json');
	expect(code).toEqual(
		['README.md', 'images.py', 'model.py', 'networks.json', 'networks.py']
			.concat('plain_8.safetensors', 'requirements.txt', 'residual_8.safetensors', 'weights.py')
			.map((file) => `keras/${file}`)
	);
	const networks = JSON.parse(new TextDecoder().decode(files['keras/networks.json']));
	expect(networks.residual_8).toMatchObject({ depth: 8, shortcut: 'A', gates: [1, 0, 0.5] });
	expect(new TextDecoder().decode(files['keras/README.md'])).toContain('(trained)');
});

test('the explorer saves a network as code and as an ONNX file with initial weights', async ({
	page
}) => {
	await page.goto('/explore/?net=resnet-50&net=cifar-resnet-20');
	const box = page.getByRole('dialog', { name: 'PyTorch, Keras, ONNX' });
	const open = async (name: string) => {
		await page.getByRole('button', { name: 'Export' }).click();
		await page.getByRole('menuitem', { name: `${name}: PyTorch, Keras, ONNX` }).click();
	};
	const save = (button: string) =>
		saved(page, () => box.getByRole('button', { name: button }).click());

	await open('cifar-resnet-20');
	const [small, network] = await save('cifar-resnet-20 as ONNX, 1.1 MB');
	expect(small).toBe('cifar-resnet-20.onnx');
	expect(network.includes('block8/conv2/norm/gamma')).toBe(true);
	const [, cifar] = await save('cifar-resnet-20 for PyTorch');
	expect(Object.keys(unzipSync(cifar))).toContain('pytorch/experiment.json');
	await box.getByRole('button', { name: 'Close' }).click();

	await open('resnet-50');
	const [file, zip] = await save('resnet-50 for PyTorch');
	expect(file).toBe('resnet-50-pytorch.zip');
	const text = (zip: Buffer, path: string) => new TextDecoder().decode(unzipSync(zip)[path]);
	expect(text(zip, 'pytorch/model.py')).toContain('class Block(');
	expect(text(zip, 'pytorch/train.py')).toContain('ImageFolder');
	const [keras, code] = await save('resnet-50 for Keras');
	expect(keras).toBe('resnet-50-keras.zip');
	expect(text(code, 'keras/model.py')).toContain('def bottleneck(width, stride, stride_at):');
	expect(JSON.parse(text(code, 'keras/networks.json')).resnet_50).toMatchObject({
		function: 'resnet',
		depth: 50
	});
	const axe = await new AxeBuilder({ page }).analyze();
	expect(axe.violations).toEqual([]);
	const [, large] = await save('resnet-50 as ONNX');
	expect(large.length).toBeGreaterThan(4 * 25_549_480);
	if (!runtime) return;
	const session = await runtime.InferenceSession.create(new Uint8Array(large));
	const { logits } = await session.run({
		images: new runtime.Tensor(
			'float32',
			new Float32Array(3 * 224 * 224).fill(0.5),
			[1, 3, 224, 224]
		)
	});
	expect(logits.dims).toEqual([1, 1000]);
	expect(logits.data.every(Number.isFinite)).toBe(true);
});

test('the explorer says whether a file of weights fits, and takes the same file again', async ({
	page
}) => {
	const exported = (await loadModule('export')) as typeof import('../src/lib/export');
	const { analyse, networkOf, parseName } = (await loadModule(
		'network'
	)) as typeof import('../src/lib/network');
	const name = 'cifar-resnet-8?width=4';
	const network = analyse(networkOf(parseName(name)));
	const tensors = exported.toTensors(network, exported.freshWeights(network, 1));
	const prefixed = new Map([...tensors].map(([key, tensor]) => [`module.${key}`, tensor]));
	const file = (buffer: Buffer) => ({
		name: 'model.safetensors',
		mimeType: 'application/octet-stream',
		buffer
	});

	await page.goto(`/explore/?net=${encodeURIComponent(name)}`);
	await page.getByRole('button', { name: `Open weights for ${name}` }).click();
	const box = page.getByRole('dialog', { name: `Weights for ${name}` });
	const field = box.getByLabel('Open a file');
	await field.setInputFiles(file(Buffer.from('version https://git-lfs.github.com/spec/v1\n')));
	await expect(box.getByRole('alert')).toContainText('git lfs pull');
	expect(await field.inputValue()).toBe('');
	await field.setInputFiles(file(Buffer.from(exported.writeSafetensors(prefixed))));
	await expect(box.getByRole('status')).toContainText(`model.safetensors fits ${name}`);
	await expect(box.getByRole('alert')).toBeHidden();
	await expect(box).toContainText('The prefix “module.” was removed from all names.');
	await expect(box.getByRole('row', { name: 'module.dense.bias dense/bias [10] F32' })).toHaveCount(
		1
	);
	const axe = await new AxeBuilder({ page }).analyze();
	expect(axe.violations).toEqual([]);
});
