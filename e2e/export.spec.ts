/** Figures saved as files, and the printed report of a run. */
import { readFile } from 'node:fs/promises';
import AxeBuilder from '@axe-core/playwright';
import { choose, openExport } from './lab';
import { expect, test, type Page } from './test';

const RECORDING = '/lab/?recording=lesion-20';

async function saved(page: Page, button: string): Promise<Buffer> {
	const download = page.waitForEvent('download');
	await page.getByRole('button', { name: button }).click();
	return readFile(await (await download).path());
}

test.use({ reducedMotion: 'reduce' });

test('a figure is saved as a self-contained SVG and as PNG', async ({ page }) => {
	await page.goto(RECORDING);
	await expect(page.getByTestId('replay')).toBeVisible();
	await openExport(page);
	const text = (await saved(page, 'Save the picture of Training curves as SVG')).toString();
	expect(text).toMatch(/^<svg /);
	for (const word of ['Training error', 'plain-20', 'residual-20', 'step 0'])
		expect(text).toContain(word);
	expect(text).not.toMatch(/var\(|foreignObject|class=|<button/);
	const networks = (await saved(page, 'Save the picture of Networks as SVG')).toString();
	expect(networks).toContain('data:image/png;base64,');
	expect(networks).toContain('67,906 parameters');
	// Opened alone, the file has the size of the figure on the page.
	const size = await page.evaluate(async (svg) => {
		const image = new Image();
		image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
		await image.decode();
		return [image.naturalWidth, image.naturalHeight];
	}, networks);
	const panel = await page.getByRole('region', { name: 'Networks' }).boundingBox();
	expect(size[0]).toBeCloseTo(panel!.width, -1);
	expect(size[1]).toBeCloseTo(panel!.height, -1);

	const png = await saved(page, 'Save the picture of Networks as PNG');
	expect(png.subarray(1, 4).toString()).toBe('PNG');
	expect(png.readUInt32BE(16)).toBe(Math.round(2 * panel!.width));
});

test('a report shows set-up, profile, curves and verdict on one printed page', async ({ page }) => {
	await page.goto(RECORDING);
	await expect(page.getByTestId('replay')).toBeVisible();
	await choose(page, 'Report');
	const report = page.getByTestId('report');
	await expect(report.getByRole('img', { name: 'Networks' })).toBeVisible();
	await expect(report.getByRole('img', { name: 'Training curves' })).toBeVisible();
	await expect(report).toContainText('Step 300 of 300');
	await expect(report.getByRole('row', { name: /residual-20/ })).toContainText('67,906');
	await expect(report.getByRole('listitem').first()).toBeVisible();
	expect((await new AxeBuilder({ page }).include('dialog').analyze()).violations).toEqual([]);
	const pdf = (await page.pdf({ format: 'A4' })).toString('latin1');
	expect(pdf.match(/\/Type\s*\/Page\b(?!s)/g)).toHaveLength(1);
	const html = (await saved(page, 'Save as HTML')).toString();
	expect(html).toContain('<svg');
	expect(html).not.toMatch(/<script|var\(--/);
});
