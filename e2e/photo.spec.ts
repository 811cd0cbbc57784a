/** A reader's photograph through an ImageNet network in the explorer, with weights that the test draws. */
import AxeBuilder from '@axe-core/playwright';
import { writeFile } from 'node:fs/promises';
import { encode } from 'fast-png';
import { chromiumLaunch } from '../scripts/browser.mjs';
import { chromium, expect, test, type Page } from './test';

/** Names and shapes of torchvision's ResNet-18, with numbers that are small, different and the same in every run. */
function resNet18(): Buffer {
	const tensors: [name: string, shape: number[]][] = [];
	const norm = (name: string, channels: number) => {
		for (const part of ['weight', 'bias', 'running_mean', 'running_var'])
			tensors.push([`${name}.${part}`, [channels]]);
	};
	const conv = (name: string, from: number, to: number, kernel: number) =>
		tensors.push([`${name}.weight`, [to, from, kernel, kernel]]);
	conv('conv1', 3, 64, 7);
	norm('bn1', 64);
	let channels = 64;
	for (const [s, width] of [64, 128, 256, 512].entries())
		for (let block = 0; block < 2; block++) {
			const own = `layer${s + 1}.${block}`;
			conv(`${own}.conv1`, channels, width, 3);
			norm(`${own}.bn1`, width);
			conv(`${own}.conv2`, width, width, 3);
			norm(`${own}.bn2`, width);
			if (channels !== width) {
				conv(`${own}.downsample.0`, channels, width, 1);
				norm(`${own}.downsample.1`, width);
			}
			channels = width;
		}
	tensors.push(['fc.weight', [1000, 512]], ['fc.bias', [1000]]);

	const header: Record<string, object> = {};
	const values: Float32Array[] = [];
	let at = 0;
	let state = 1;
	const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32 - 0.5;
	for (const [name, shape] of tensors) {
		const size = shape.reduce((a, b) => a * b, 1);
		const fanIn = size / shape[0];
		const scale = shape.length > 1 ? Math.sqrt(24 / fanIn) : 0.2;
		const centre = /(bn\d|downsample\.1)\.(weight|running_var)$/.test(name) ? 1 : 0;
		values.push(Float32Array.from({ length: size }, () => centre + scale * random()));
		header[name] = { dtype: 'F32', shape, data_offsets: [at, (at += 4 * size)] };
	}
	const text = Buffer.from(JSON.stringify(header));
	const length = Buffer.alloc(8);
	length.writeBigUInt64LE(BigInt(text.length));
	return Buffer.concat([length, text, ...values.map((one) => Buffer.from(one.buffer))]);
}

const photograph = () =>
	Buffer.from(
		encode({
			width: 400,
			height: 300,
			channels: 3,
			data: Uint8Array.from({ length: 400 * 300 * 3 }, (_, i) => {
				const [x, y] = [Math.floor(i / 3) % 400, Math.floor(i / 1200)];
				return (x - 200) ** 2 + (y - 150) ** 2 < 8000 ? [230, 120, 30][i % 3] : (x + y) % 200;
			})
		})
	);

const panel = (page: Page) => page.getByTestId('photo');
const time = (page: Page) => panel(page).getByTestId('photo-time');
const files = (page: Page) => panel(page).locator('input[type=file]');

async function openPanel(page: Page, name: string): Promise<void> {
	await page.goto(`/explore/?net=${name}`);
	// Until its scripts run, the page shows the two networks that it opens with by default.
	await expect(page.getByRole('application')).toHaveCount(1);
	await expect(page.getByRole('application', { name: new RegExp(name) })).toBeVisible();
	await page.getByRole('button', { name: /Try a photograph/ }).click();
	await expect(panel(page)).toBeVisible();
}

test('a photograph is classified; its evidence, maps and the answers without blocks are shown', async ({
	page
}, testInfo) => {
	const weights = testInfo.outputPath('resnet18.safetensors');
	await writeFile(weights, resNet18());
	await openPanel(page, 'resnet-18');
	await expect(panel(page)).toContainText('46.8 MB of it for the weights');
	await files(page).nth(0).setInputFiles(weights);
	await expect(panel(page)).toContainText('102 tensors, 11,699,112 values');

	const picture = { name: 'sun.png', mimeType: 'image/png', buffer: photograph() };
	const photo = files(page).nth(1);
	await photo.setInputFiles({ ...picture, buffer: picture.buffer.subarray(0, 2000) });
	await expect(panel(page).getByRole('alert')).toContainText('sun.png could not be decoded');
	const heic = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1');
	await photo.setInputFiles({ name: 'sun.heic', mimeType: 'image/heic', buffer: heic });
	await expect(panel(page).getByRole('alert')).toContainText('HEIC');
	await photo.setInputFiles(picture);
	await expect(time(page)).toBeVisible();
	await expect(panel(page).getByRole('alert')).toHaveCount(0);
	await expect(panel(page).getByTestId('probability')).toHaveCount(5);
	const says = panel(page).getByTestId('says');
	await expect(says).toContainText(/resnet-18 says [a-z]/i);
	await expect(panel(page).getByRole('img', { name: /^Class activation map for/ })).toBeVisible();

	// Feature maps: by the select, and by what is selected in the graph.
	const map = panel(page).getByTestId('feature-map');
	await expect(map).toContainText('112×112×64');
	await panel(page).getByLabel('Node').selectOption('block7/add');
	await expect(map).toContainText('7×7×512');
	await page.getByRole('application', { name: /resnet-18/ }).focus();
	for (const key of ['Escape', 'Escape', 'Home', 'ArrowRight']) await page.keyboard.press(key);
	await expect(map).not.toContainText('7×7×512');

	await panel(page).getByRole('button', { name: 'Remove each block in turn' }).click();
	await expect(panel(page).getByTestId('removed')).toHaveCount(8);
	await expect(panel(page).getByText('changes the shape')).toHaveCount(3);
	await expect(panel(page)).toContainText(/The answer is still .* without \d of 5 blocks/);

	// Other pixels give another answer, and so does a shortcut that is cut in the graph.
	const before = await panel(page).getByTestId('probability').first().getAttribute('data-value');
	await panel(page).getByLabel('Pixels as in').selectOption('caffe');
	await expect(panel(page).getByTestId('probability').first()).not.toHaveAttribute(
		'data-value',
		before!
	);
	await expect(time(page)).toBeVisible();
	expect(Number(await time(page).getAttribute('data-milliseconds'))).toBeGreaterThan(0);
	const { violations } = await new AxeBuilder({ page }).include('[data-testid=photo]').analyze();
	expect(violations.map(({ id }) => id)).toEqual([]);

	await panel(page).getByRole('button', { name: 'Close' }).click();
	await expect(panel(page)).toHaveCount(0);
	await expect.poll(() => page.workers().length).toBe(0);
});

test('weights of another network are refused, and a network without global pooling says so', async ({
	page
}) => {
	await openPanel(page, 'alexnet');
	await expect(panel(page)).toContainText('torchvision.models.alexnet');
	await files(page)
		.nth(0)
		.setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('some words') });
	await expect(panel(page).getByRole('alert')).toContainText(/a\.txt cannot be used for alexnet/);
	// A network of CIFAR sees no photographs.
	await page.goto('/explore/?net=cifar-resnet-20');
	await expect(page.getByRole('application', { name: /cifar-resnet-20/ })).toBeVisible();
	await expect(page.getByRole('button', { name: /Try a photograph/ })).toHaveCount(0);
});

test('the camera is asked for after a click, and takes a photograph', async ({ baseURL }) => {
	const { args = [], ...launch } = chromiumLaunch();
	const fake = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
	const browser = await chromium.launch({ ...launch, args: [...args, ...fake] });
	const page = await browser.newPage({ baseURL, locale: 'en', permissions: ['camera'] });
	await openPanel(page, 'resnet-18');
	await expect(panel(page).locator('video')).toHaveCount(0);
	await panel(page).getByRole('button', { name: 'Use the camera' }).click();
	const video = panel(page).getByLabel('Camera', { exact: true });
	await expect
		.poll(() => video.evaluate((own: HTMLVideoElement) => own.videoWidth))
		.toBeGreaterThan(0);
	await panel(page).getByRole('button', { name: 'Take the photograph' }).click();
	await expect(panel(page).getByRole('img', { name: /What the network sees/ })).toBeVisible();
	await expect(video).toHaveCount(0);
	await browser.close();
});

test('without a camera, the page says so', async ({ page }) => {
	await page.addInitScript(() => {
		navigator.mediaDevices.getUserMedia = () =>
			Promise.reject(new DOMException('none', 'NotFoundError'));
	});
	await openPanel(page, 'resnet-18');
	await panel(page).getByRole('button', { name: 'Use the camera' }).click();
	await expect(panel(page).getByRole('alert')).toContainText('No camera was found');
});
