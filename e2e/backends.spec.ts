import { chromium, expect, test, type Page } from './test';
import { chromiumLaunch } from '../scripts/browser.mjs';
import {
	currentStep,
	openLab,
	pause,
	run,
	saveRecord,
	stepTo,
	waitForStatus,
	waitForStep
} from './lab';

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

/** Opens the panel of the set-up that says which backend is in use, and why no better one. */
async function openBackend(page: Page): Promise<void> {
	await page.getByRole('button', { name: 'Set-up' }).click();
	await page.getByRole('button', { name: /Computed by/ }).click();
}

test('by default, the lab opens the depth of every machine and says which backend is in use and why no better one', async ({
	page
}) => {
	await openLab(page, '');
	await expect(page).toHaveURL(/\?preset=degradation&depth=20&seed=1/);
	await expect(page.getByRole('heading', { name: 'plain-20' })).toBeVisible();
	await openBackend(page);
	const panel = page.getByRole('dialog');
	await expect(panel).toContainText('in use');
	await expect(panel.getByRole('listitem')).toHaveCount(4);
	await panel.getByRole('button', { name: 'Close' }).click();
	await expect(panel).toBeHidden();
});

test('a browser without WebGPU says so, and trains all the same', async () => {
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
		await openBackend(page);
		const webgpu = page.getByRole('dialog').getByRole('listitem').filter({ hasText: 'webgpu' });
		await expect(webgpu).toContainText(/not supported by|found no graphics device/);
		await page.getByRole('button', { name: 'Close' }).click();
		await stepTo(page, 2);
	} finally {
		await browser.close();
	}
});

for (const backend of ['webgl', 'webgpu'])
	test(`training resumes automatically after the device of ${backend} is lost`, async () => {
		const browser = await chromium.launch(chromiumLaunch());
		try {
			const { baseURL } = test.info().project.use;
			const page = await browser.newPage({ baseURL });
			await openLab(page, `${SMALL}&backend=${backend}`);
			await stepTo(page, 2);
			await run(page);
			const devtools = await browser.newBrowserCDPSession();
			await devtools.send('Browser.crashGpuProcess').catch(() => {}); // The browser no longer answers.
			await expect(page.getByRole('alert')).toContainText('the graphics device was lost');
			await waitForStatus(page, 'running');
			const before = await currentStep(page);
			await waitForStep(page, before + 2);
			await pause(page);
			const { record } = await saveRecord(page);
			expect(record.steps.map(({ step }) => step)).toEqual(record.steps.map((_, i) => i + 1));
			const [event] = record.events;
			expect(event.kind).toBe('resumed');
			expect(event.step).toBeGreaterThanOrEqual(2);
		} finally {
			await browser.close();
		}
	});

test('training resumes automatically after its worker has died', async ({ page }) => {
	await page.addInitScript(() => {
		const { Worker } = globalThis;
		const workers: Worker[] = [];
		Object.assign(globalThis, {
			workers,
			Worker: class extends Worker {
				constructor(...args: ConstructorParameters<typeof Worker>) {
					super(...args);
					workers.push(this);
				}
			}
		});
	});
	await openLab(page, `${SMALL}&backend=wasm`);
	await run(page);
	await page.evaluate(() =>
		(globalThis as unknown as { workers: Worker[] }).workers.forEach((worker) => worker.terminate())
	);
	await expect(page.getByRole('alert')).toContainText('the training worker stopped');
	await waitForStep(page, 20);
	await pause(page);
	const { record } = await saveRecord(page);
	expect(record.steps.map(({ step }) => step)).toEqual(record.steps.map((_, i) => i + 1));
	expect(record.events[0].kind).toBe('resumed');

	// The numbers are those of a run without the accident.
	await openLab(page, `${SMALL}&backend=wasm`);
	await stepTo(page, 5);
	const { record: calm } = await saveRecord(page);
	expect(record.steps.slice(0, 5).map(({ lanes }) => lanes)).toEqual(
		calm.steps.map(({ lanes }) => lanes)
	);
});

test('a network whose numbers overflow stops, and the page names the layer', async ({ page }) => {
	await openLab(page, '?preset=exploding&depth=56&width=4&batch=8&backend=wasm');
	await page.getByRole('button', { name: 'Set-up' }).click();
	await page.getByLabel('Learning rate').fill('1000');
	await page.getByLabel('Learning rate').press('Enter');
	await run(page);
	await expect(page.getByText(/Stopped at step \d+, before the update: the/).first()).toContainText(
		/the (output of|gradient at) (stem|block\d+\/conv\d)/
	);
});
