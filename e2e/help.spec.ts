/** The tours, the glossary that lessons link to, and the help page. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from './test';

/** @param part selector of the part to test; an open tour covers the rest of the page */
const violations = async (page: Page, part = 'html') =>
	(await new AxeBuilder({ page }).include(part).analyze()).violations.map(({ id, nodes }) => [
		id,
		nodes.map(({ target }) => target.join(' '))
	]);

test('a tour is offered once, can be followed by keyboard, and remains available from the help page', async ({
	page
}) => {
	await page.goto('/explore/');
	await page.getByRole('button', { name: 'Two-minute tour' }).click();
	const stop = page.getByRole('dialog');
	await expect(stop).toContainText('A network you can walk into');
	await expect(stop).toContainText('1 of 6');
	expect(await violations(page, '.driver-popover')).toEqual([]);
	await page.keyboard.press('ArrowRight');
	await expect(stop).toContainText('Any network from AlexNet to ResNet');
	await page.keyboard.press('Escape');
	await expect(stop).toHaveCount(0);
	await page.reload();
	await expect(page.getByRole('application').first()).toBeVisible();
	await expect(page.getByRole('button', { name: 'Two-minute tour' })).toHaveCount(0);

	await page.getByRole('link', { name: 'Help' }).click();
	await page.getByRole('link', { name: 'Tour of the lab' }).click();
	await expect(stop).toContainText('Choose an experiment');
	for (let i = 2; i <= 7; i++) {
		await stop.getByRole('button', { name: 'Next' }).click();
		await expect(stop).toContainText(`${i} of 7`);
	}
	await stop.getByRole('button', { name: 'Done' }).click();
	await expect(stop).toHaveCount(0);
});

test('a tour can be declined', async ({ page }) => {
	await page.goto('/lab/?recording=exploding-20');
	await page.getByRole('button', { name: 'No tour, thanks' }).click();
	await page.goto('/explore/');
	await expect(page.getByRole('application').first()).toBeVisible();
	await expect(page.getByRole('button', { name: 'Two-minute tour' })).toHaveCount(0);
});

test('a term in a lesson links to its explanation', async ({ page }) => {
	await page.goto('/lessons/04-degradation/');
	await page.getByRole('link', { name: 'batch normalisation' }).click();
	await expect(page).toHaveURL(/\/help\/#batch-norm$/);
	await expect(page.locator('#batch-norm')).toBeInViewport();
	await expect(page.locator('#batch-norm')).toContainText('divides by the standard deviation');
});

for (const [theme, lang] of [
	['light', 'en'],
	['dark', 'zh'],
	['contrast', 'en']
])
	test(`the help page has no accessibility violations, ${theme}, ${lang}`, async ({ page }) => {
		await page.goto(`/help/?theme=${theme}&lang=${lang}`);
		await expect(page.getByRole('heading', { level: 1 })).toHaveText(
			lang === 'zh' ? '帮助' : 'Help'
		);
		expect(await violations(page)).toEqual([]);
	});
