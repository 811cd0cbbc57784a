/** Accessibility of every page: both languages, all themes, wide, narrow and at 200 % zoom. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from './test';
import { choose, waitForStatus } from './lab';

const LESSON = '/lessons/09-results/';
const PAGES = [
	['first', '/', (page: Page) => page.getByRole('application').first()],
	['explore', '/explore/', (page: Page) => page.getByRole('application').first()],
	['lab', '/lab/?recording=landscape-20', (page: Page) => page.getByTestId('replay')],
	['lessons', '/lessons/', (page: Page) => page.getByRole('listitem').first()],
	['a lesson', LESSON, (page: Page) => page.getByRole('heading', { level: 1 })],
	['class', '/class/', (page: Page) => page.getByRole('status').first()],
	['help', '/help/', (page: Page) => page.getByRole('heading', { level: 1 })],
	['about', '/about/', (page: Page) => page.getByRole('heading', { level: 1 })]
] as const;

/** Sizes in CSS pixels; a projector of 1280×720 at 200 % has half of them. */
const LOOKS = [
	{ theme: 'light', lang: 'zh', width: 1280, height: 720 },
	{ theme: 'dark', lang: 'en', width: 640, height: 360 },
	{ theme: 'dark', lang: 'zh', width: 390, height: 844 },
	{ theme: 'contrast', lang: 'en', width: 1920, height: 1080 }
] as const;

test.use({ reducedMotion: 'reduce' });

for (const [name, path, there] of PAGES)
	test(`${name} has no accessibility violations and nothing wider than the window`, async ({
		page
	}) => {
		for (const { theme, lang, width, height } of LOOKS) {
			await page.setViewportSize({ width, height });
			await page.goto(`${path}${path.includes('?') ? '&' : '?'}theme=${theme}&lang=${lang}`);
			await expect(there(page)).toBeVisible();
			await expect(page.locator('html')).toHaveAttribute('lang', lang === 'zh' ? 'zh-CN' : 'en');
			const { violations } = await new AxeBuilder({ page }).analyze();
			const found = violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
			expect(found, `${theme}, ${lang}, ${width} wide`).toEqual([]);
			const wide = await page.evaluate(() => document.documentElement.scrollWidth);
			expect(wide, `${theme}, ${lang}`).toBeLessThanOrEqual(width);
		}
	});

for (const lang of ['en', 'zh'])
	test(`the lab with open panels is no wider than a phone, ${lang}`, async ({ page }) => {
		await page.setViewportSize({ width: 390, height: 844 });
		await page.goto(`/lab/?depth=8&width=4&batch=16&backend=wasm&lang=${lang}`);
		await waitForStatus(page, 'ready');
		const runs = lang === 'en' ? 'Runs' : '训练记录';
		for (const panel of ['#settings', '#runs']) {
			if (panel === '#settings') await page.locator('[aria-controls=settings]').click();
			else await choose(page, runs, lang === 'en' ? 'More' : '更多');
			await expect(page.locator(panel)).toBeVisible();
			const wide = await page.evaluate(() => document.documentElement.scrollWidth);
			expect(wide, panel).toBeLessThanOrEqual(390);
		}
	});

test('the keyboard alone leads past the header to a recorded run and into its curves', async ({
	page
}) => {
	await page.goto('/lab/?recording=exploding-20');
	await expect(page.getByTestId('replay')).toBeVisible();
	await page.keyboard.press('Tab');
	await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
	await page.keyboard.press('Enter');
	await expect(page.getByRole('main')).toBeFocused();
	const seen: string[] = [];
	for (let i = 0; i < 60; i++) {
		await page.keyboard.press('Tab');
		seen.push(
			await page.evaluate(() => {
				const at = document.activeElement;
				return at?.getAttribute('aria-label') ?? at?.textContent?.trim() ?? '';
			})
		);
	}
	for (const part of ['Train live', 'Loss', 'Findings'])
		expect(
			seen.some((text) => text.startsWith(part)),
			`${part} in ${seen.join(' | ')}`
		).toBe(true);
});
