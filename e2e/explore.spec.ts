import AxeBuilder from '@axe-core/playwright';
import { readFile } from 'node:fs/promises';
import { expect, test, type Page } from './test';

async function openExplorer(page: Page, search = ''): Promise<void> {
	await page.goto(`/explore/${search}`);
	await expect(page.getByRole('application').first()).toBeVisible();
	// The page writes its address, with the language, once it is hydrated; keys pressed earlier would be lost.
	await expect(page).toHaveURL(/net=.*lang=/);
}

const reading = (page: Page) => page.getByRole('region', { name: 'What is this?' });

async function press(page: Page, ...keys: string[]): Promise<void> {
	await page.getByRole('application').first().focus();
	for (const key of keys) await page.keyboard.press(key);
}

test('the explorer shows two networks with exact numbers, and any other by its name', async ({
	page
}) => {
	await openExplorer(page);
	await expect(page.getByText('21,797,672 parameters')).toBeVisible();
	const first = page.getByLabel('Network 1');
	await first.fill('resnet-152?stride=3x3');
	await first.press('Enter');
	await expect(page.getByText('60,192,808 parameters')).toBeVisible();
	await expect(page).toHaveURL(/net=resnet-152/);

	await first.fill('resnet-151');
	await first.press('Enter');
	await expect(page.getByRole('alert')).toContainText(
		/There is no network called resnet-151\. The closest names are resnet-1/
	);
	await expect(first).toHaveValue('resnet-152?stride=3x3');
});

test('the keyboard alone walks into a network, reads a layer and cuts a shortcut', async ({
	page
}) => {
	await openExplorer(page, '?net=resnet-34');
	await press(page, 'Home', 'ArrowRight', 'Enter', 'Enter');
	await expect(reading(page)).toContainText('block0/conv1');
	await expect(reading(page)).toContainText(/3\s*×\s*3\s*×\s*64\s*×\s*64\s*=\s*36,864/);
	await expect(reading(page)).toContainText(/=\s*115,605,504/);
	await expect(reading(page)).toContainText(
		/share of the network\s*0\.2% of the parameters, 3\.2% of the multiply-accumulates/
	);
	await press(page, 'ArrowRight');
	await expect(reading(page)).toContainText('Batch normalisation');

	await expect(page.getByText('65,536 paths')).toBeVisible();
	await press(page, 'x');
	await expect(page.getByText('32,768 paths')).toBeVisible();
	await press(page, 'Escape');
	await expect(reading(page)).toContainText('block 0');

	await page.reload();
	await expect(page.getByText('32,768 paths')).toBeVisible();
	await expect(reading(page)).toContainText('block 0');
});

test('a broken link says what is wrong; its valid parts take effect', async ({ page }) => {
	await openExplorer(page, '?net=vgg-17&net=googlenet&cut=5');
	await expect(page.getByRole('alert').filter({ hasText: 'vgg-17' })).toContainText('vgg-16');
	await expect(page.getByRole('alert').filter({ hasText: 'block 5' })).toContainText('no shortcut');
	await expect(page.getByText('6,998,552 parameters')).toBeVisible();
});

test('the picture is saved as SVG and the table as CSV', async ({ page }) => {
	await openExplorer(page, '?net=googlenet');
	const save = async (name: RegExp) => {
		const download = page.waitForEvent('download');
		await page.getByRole('button', { name: 'Export' }).click();
		await page.getByRole('menuitem', { name }).click();
		return readFile((await (await download).path())!, 'utf8');
	};
	const svg = await save(/as SVG/);
	expect(svg).toMatch(/^<svg xmlns/);
	expect(svg).toContain('stage 4');
	expect(await save(/Table as CSV/)).toContain('googlenet,2014,22,6998552');
});

test('a link restores the part of a network in view', async ({ page }) => {
	await openExplorer(page, '?net=resnet-34');
	for (let i = 0; i < 4; i++) {
		const before = page.url();
		await page.getByRole('button', { name: 'Zoom in' }).click();
		await expect.poll(() => page.url()).not.toBe(before);
	}
	const seen = () => (new URL(page.url()).searchParams.get('see') ?? '').split(',').map(Number);
	const address = page.url();
	const before = seen();
	await page.goto('about:blank');
	await page.goto(address);
	// The page as it is served shows two networks until it has read its address.
	await expect(page.getByRole('application')).toHaveCount(1);
	// After a key has moved the view, the address says what is in view and how far it has moved.
	await page.getByRole('button', { name: 'Zoom out' }).click();
	await expect.poll(() => Math.round((10 * seen()[2]) / before[2])).toBe(15);
	expect(Math.abs(seen()[0] - before[0])).toBeLessThan(3);
	await page.getByRole('button', { name: 'Show all' }).click();
	await expect(page).not.toHaveURL(/see=/);
});

test('a link restores language, theme and alignment', async ({ page, browser }) => {
	await openExplorer(page, '?net=vgg-19&net=resnet-34');
	await page.getByLabel('Align').selectOption('by layer');
	await page.getByRole('button', { name: '中文' }).click();
	await page.getByRole('button', { name: /主题/ }).click();
	await expect(page).toHaveURL(/theme=light/);
	const address = page.url();
	const fresh = await browser.newPage({ locale: 'en' });
	await fresh.goto(address);
	await expect(fresh.getByLabel('对齐')).toHaveValue('layer');
	await expect(fresh.locator('html')).toHaveAttribute('lang', 'zh-CN');
	expect(await fresh.locator('html').getAttribute('data-theme')).toBe(
		await page.locator('html').getAttribute('data-theme')
	);
	await fresh.close();
});

test('aligned networks move together', async ({ page }) => {
	await openExplorer(page, '?net=plain-34&net=resnet-34');
	const spans = () =>
		new URL(page.url()).searchParams.getAll('see').map((see) => see.split(',')[2]);
	await page.getByRole('button', { name: 'Zoom in' }).first().click();
	await expect.poll(() => spans().length).toBe(2);
	expect(spans()[0]).toBe(spans()[1]);
	await page.getByRole('button', { name: 'Show all' }).last().click();
	await expect.poll(() => spans().length).toBe(0);
});

test('a click cuts an arc, and the lab trains the networks shown, cuts included', async ({
	page
}) => {
	await openExplorer(page, '?net=cifar-resnet-8&net=cifar-plain-8');
	const map = page.getByRole('application').first();
	const box = (await map.boundingBox())!;
	// The shortcut of the second block crosses the middle of the picture, above its operations.
	await map.click({ position: { x: box.width / 2, y: box.height * 0.44 } });
	await expect(page).toHaveURL(/cut=1/);
	await page.getByRole('link', { name: 'Train in the lab' }).click();
	await expect(page).toHaveURL(/lab/);
	await expect(page.getByRole('switch', { name: /block 1/ })).toHaveAttribute(
		'aria-checked',
		'false'
	);
	await expect(page.getByText('2 of 3 shortcuts on')).toBeVisible();
	await expect(page.getByRole('heading', { name: 'plain-8' })).toBeVisible();
});

test('keys and links lead through the guided walk, and each stop can be reopened', async ({
	page
}) => {
	await openExplorer(page, '');
	await page.getByRole('link', { name: /^Guided walk/ }).click();
	await expect(page).toHaveURL(/walk=1&/);
	await expect(page.getByLabel('Network 1')).toHaveValue('alexnet-2012');
	// Keys lead on once the stops are shown.
	await expect(page.getByRole('link', { name: 'Stop 5 of 8' })).toBeVisible();
	await page.keyboard.press('ArrowRight');
	await expect(page.getByLabel('Network 2')).toHaveValue('vgg-16');
	await page.getByRole('link', { name: 'Stop 5 of 8' }).click();
	await expect(page.getByText('from 28.54% to 24.52%')).toBeVisible();
	await expect(reading(page)).toContainText('block 2');
	await page.reload();
	await expect(page.getByLabel('Network 2')).toHaveValue('resnet-34');
	await expect(page).toHaveURL(/\?walk=5&lang=en$/);
	// The link also holds what the user has changed at a stop.
	await page.getByRole('button', { name: 'Remove plain-34' }).click();
	await expect(page).toHaveURL(/walk=5&net=resnet-34/);
	await page.getByRole('link', { name: 'End the walk' }).click();
	await expect(page).not.toHaveURL(/walk=/);
	await expect(page.getByLabel('Network 1')).toHaveValue('resnet-34');
});

test('the comparison table is not cut off at 1280 pixels or on a phone', async ({ page }) => {
	await openExplorer(page, '?net=alexnet&net=vgg-16&net=googlenet&net=resnet-50');
	// The table is loaded when it scrolls into view.
	await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
	for (const width of [1280, 390]) {
		await page.setViewportSize({ width, height: 720 });
		await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
		const table = page.getByRole('table');
		await expect(table).toContainText('arXiv:1404.5997');
		const fits = await table.evaluate((one) =>
			[one, ...one.querySelectorAll('th, td')].every(
				(part) =>
					part.getBoundingClientRect().right <= innerWidth &&
					part.scrollWidth <= part.clientWidth + 1
			)
		);
		expect(fits, `${width}`).toBe(true);
	}
});

test('a network of 1202 layers opens down to the single operation', async ({ page }) => {
	await openExplorer(page, '?net=cifar-resnet-1202');
	await press(page, 'Home', 'ArrowRight', 'ArrowRight', 'Enter', 'Enter');
	await expect(reading(page)).toContainText('block200/conv1');
});

for (const theme of ['light', 'dark'])
	test(`the explorer has no accessibility violations, ${theme}`, async ({ page }) => {
		await openExplorer(page, `?net=resnet-34&net=googlenet&at=0/op:block3/conv1&theme=${theme}`);
		await expect(reading(page)).toContainText('block3/conv1');
		const { violations } = await new AxeBuilder({ page }).analyze();
		expect(violations.map(({ id, nodes }) => [id, nodes.map((n) => n.html)])).toEqual([]);
	});
