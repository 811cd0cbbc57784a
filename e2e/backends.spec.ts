import { chromium, expect, test } from '@playwright/test';
import { chromiumLaunch } from '../scripts/browser.mjs';
import { openLab, saveRecord, stepTo, waitForStatus } from './lab';

const SMALL = '?depth=8&width=4&batch=16&seed=3';

for (const backend of ['webgl', 'webgpu'])
	test(`${backend} on the software adapter trains like wasm`, async ({ page }) => {
		await openLab(page, `${SMALL}&backend=wasm`);
		await stepTo(page, 3);
		const { record: wasm } = await saveRecord(page);

		await openLab(page, `${SMALL}&backend=${backend}`);
		await stepTo(page, 3);
		const { record } = await saveRecord(page);
		expect(record.environment.backend).toBe(backend);
		for (const [i, step] of record.steps.entries())
			for (const [lane, metrics] of step.lanes.entries()) {
				const same = wasm.steps[i].lanes[lane]!;
				expect(metrics!.loss / same.loss).toBeCloseTo(1, 3);
				metrics!.gradientNorms.forEach((norm, p) =>
					expect(norm / same.gradientNorms[p]).toBeCloseTo(1, 2)
				);
			}
	});

test('left alone, the lab says what computes, why nothing better, and which depth it chose', async ({
	page
}) => {
	await openLab(page, '');
	await expect(page.getByText(/^Depth \d+: a step of both networks takes about/)).toBeVisible();
	await page.getByRole('button', { name: /Computed by/ }).click();
	const panel = page.getByRole('dialog');
	await expect(panel).toContainText('in use');
	await expect(panel.getByRole('listitem')).toHaveCount(4);
	await panel.getByRole('button', { name: 'Close' }).click();
	await expect(panel).toBeHidden();
});

test('a browser without WebGPU is told so, and trains all the same', async () => {
	const { executablePath } = chromiumLaunch();
	const browser = await chromium.launch({
		executablePath,
		args: ['--no-sandbox', '--disable-features=WebGPU,Vulkan', '--disable-background-networking']
	});
	try {
		const { baseURL } = test.info().project.use;
		const page = await browser.newPage({ baseURL });
		await page.goto(`/lab/${SMALL}`);
		await waitForStatus(page, 'ready');
		await page.getByRole('button', { name: /Computed by/ }).click();
		const webgpu = page.getByRole('dialog').getByRole('listitem').filter({ hasText: 'webgpu' });
		await expect(webgpu).toContainText(/does not have it|found no graphics device/);
		await page.getByRole('button', { name: 'Close' }).click();
		await stepTo(page, 2);
	} finally {
		await browser.close();
	}
});

for (const backend of ['webgl', 'webgpu'])
	test(`a lost device is told in words, the record is kept, and ${backend} can go on`, async () => {
		const browser = await chromium.launch(chromiumLaunch());
		try {
			const { baseURL } = test.info().project.use;
			const page = await browser.newPage({ baseURL });
			await openLab(page, `${SMALL}&backend=${backend}`);
			await stepTo(page, 2);
			const devtools = await browser.newBrowserCDPSession();
			await devtools.send('Browser.crashGpuProcess').catch(() => {}); // it answers no more
			await expect(page.getByRole('alert')).toContainText('graphics device was lost');
			const { record } = await saveRecord(page);
			expect(record.steps).toHaveLength(2);
			await page.getByRole('button', { name: 'Start again at step 0' }).click();
			await waitForStatus(page, 'ready');
			await stepTo(page, 1);
		} finally {
			await browser.close();
		}
	});
