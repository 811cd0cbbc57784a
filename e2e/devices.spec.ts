/** What an iPad, Safari and a browser that is too old are told. Chromium stands in for them here. */
import { choose, openLab, openTab, stepTo, waitForStatus } from './lab';
import { expect, test } from './test';

test.describe('on an iPad', () => {
	test.use({ hasTouch: true, viewport: { width: 1180, height: 820 } });
	test.beforeEach(({ page }) =>
		page.addInitScript(() => {
			Object.defineProperty(Navigator.prototype, 'vendor', { get: () => 'Apple Computer, Inc.' });
			Object.defineProperty(Navigator.prototype, 'maxTouchPoints', { get: () => 5 });
		})
	);

	test('networks that its memory cannot hold are refused before they are built', async ({
		page
	}) => {
		await page.goto('/lab/?depth=110&width=64&batch=256&backend=wasm');
		await waitForStatus(page, 'failed');
		const notice = page.getByRole('alert').first();
		await expect(notice).toContainText(/need [\d,.]+ MB of memory/);
		await expect(notice).toContainText('the lab allows 800.0 MB here');
		await page.goto('/lab/?depth=110&width=64&batch=256&backend=wasm&lang=zh');
		await waitForStatus(page, 'failed');
		await expect(page.getByRole('alert').first()).toContainText('最多使用 800.0 MB');
	});

	test('the set-up tells how much they may take, the list of runs how long they stay', async ({
		page
	}) => {
		await openLab(page, '?depth=8&width=4&batch=16&backend=wasm');
		await page.getByRole('button', { name: 'Set-up' }).tap();
		await expect(page.locator('#settings')).toContainText('may take 800.0 MB of memory together');
		await choose(page, 'Runs');
		await expect(page.locator('#runs')).toContainText('Safari deletes what is saved here');
	});
});

test('other browsers are told neither', async ({ page }) => {
	await openLab(page, '?depth=8&width=4&batch=16&backend=wasm');
	await page.getByRole('button', { name: 'Set-up' }).click();
	await choose(page, 'Runs');
	await expect(page.locator('#runs')).toContainText('Runs are saved in this browser');
	await expect(page.locator('#runs')).not.toContainText('Safari');
	await expect(page.locator('#settings')).not.toContainText('iPad');
});

test('where a browser changes the pixels that a page reads, drawings are not trusted', async ({
	page
}) => {
	await page.addInitScript(() => {
		const read = OffscreenCanvasRenderingContext2D.prototype.getImageData;
		OffscreenCanvasRenderingContext2D.prototype.getImageData = function (...area) {
			const image = read.apply(this, area);
			image.data[0] ^= 1;
			return image;
		};
	});
	await openLab(page, '?depth=8&width=4&batch=16&backend=wasm');
	await stepTo(page, 1);
	const panel = await openTab(page, 'Looking inside');
	await expect(panel.getByTestId('drawing')).toBeVisible();
	await expect(panel).toContainText('would see noise instead of your drawing');
});

test('a browser that is too old is told so, in both languages', async ({ page }) => {
	await page.goto('/');
	await expect(page.locator('#old-browser')).toBeHidden();
	await page.addInitScript('delete self.OffscreenCanvas');
	await page.goto('/');
	const notice = page.getByRole('alert');
	await expect(notice).toContainText('This browser is too old');
	await expect(notice).toContainText('此浏览器版本太旧');
});
