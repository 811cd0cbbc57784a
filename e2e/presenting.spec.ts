/** Teaching: presenting by keyboard, and links that hide panels from the students. */
import { expect, test, type Page } from './test';
import { choose, currentStep, openLab, waitForStatus } from './lab';

const presenting = (page: Page) => page.locator('html[data-presenting]');
const present = async (page: Page) => {
	await page.getByRole('button', { name: 'Present', exact: true }).click();
	await expect(presenting(page)).toHaveCount(1);
};

test('keys run the lab and toggle its panels, only while presenting', async ({ page }) => {
	await openLab(page, '?depth=8&backend=wasm');
	const curves = page.getByRole('region', { name: 'Training curves' });
	await page.getByRole('main').focus();
	await page.keyboard.press('2');
	await expect(curves).toBeVisible();

	await present(page);
	await page.keyboard.press('2');
	await expect(curves).toBeHidden();
	await page.keyboard.press('2');
	await expect(curves).toBeVisible();
	await page.getByRole('main').focus();
	await page.keyboard.press('Space');
	await expect.poll(() => currentStep(page)).toBeGreaterThan(2);
	await page.keyboard.press('Space');
	await waitForStatus(page, 'ready');

	await page.keyboard.press('?');
	const keys = page.getByRole('dialog', { name: 'Keys' });
	await expect(keys.getByText('Train or pause')).toBeVisible();
	await expect(keys.getByText('Show or hide: Training curves')).toBeVisible();
	await keys.getByRole('button', { name: 'Close' }).click();

	const timer = page.getByRole('timer', { name: 'Timer' });
	await timer.getByRole('combobox').selectOption('1 min');
	await expect(timer.getByRole('button')).toHaveText(/^(1:00|0:5\d)$/);
	await page.getByRole('button', { name: 'End presenting' }).click();
	await expect(presenting(page)).toHaveCount(0);
	await page.keyboard.press('2');
	await expect(curves).toBeVisible();
});

test('arrow keys lead through a lesson part by part while training continues', async ({ page }) => {
	await page.goto('/lessons/04-degradation/?backend=wasm');
	await present(page);
	const heading = page.getByRole('heading', { level: 1 });
	await expect(heading).toBeVisible();
	await expect(page.getByText('Part 1 of')).toBeVisible();
	await page.keyboard.press('ArrowRight');
	await expect(heading).toBeHidden();
	await expect(page.getByRole('group', { name: 'Predict first' })).toBeVisible();
	await page.keyboard.press('ArrowRight');
	const { height } = (await page.locator('article > figure').first().boundingBox())!;
	expect(height).toBeLessThan(page.viewportSize()!.height);
	await page.keyboard.press('Space');
	await expect(page.getByTestId('step-counter')).toBeVisible();
	await page.keyboard.press('ArrowRight');
	await expect(page.getByTestId('step-counter')).toBeHidden();
	expect(new URL(page.url()).hash).toBe('#part-4');
	const before = await currentStep(page);
	await page.waitForTimeout(1500);
	await page.keyboard.press('ArrowLeft');
	expect(await currentStep(page)).toBeGreaterThan(before);
	await page.keyboard.press('Space');

	await page.reload();
	await present(page);
	await expect(page.getByText('Part 3 of')).toBeVisible();
});

test('a link hides the panels that the teacher has chosen', async ({ page }) => {
	await openLab(page, '?depth=8&backend=wasm&seed=7');
	await page.getByRole('button', { name: 'Share', exact: true }).click();
	const box = page.getByRole('dialog', { name: 'Share' });
	await box.getByRole('checkbox', { name: 'Findings' }).check();
	await box.getByRole('checkbox', { name: 'Set-up' }).check();
	await expect(box.getByRole('img', { name: 'The link as a QR code' })).toBeVisible();
	await expect(box.getByText('npm start -- --host')).toBeVisible();
	const link = await box.getByRole('textbox', { name: 'Link to this page' }).inputValue();
	expect(link).toContain('&hide=findings,settings');

	await page.goto(`${link}&backend=wasm`);
	await waitForStatus(page, 'ready');
	await expect(page.getByText('This link leaves out: Findings, Set-up.')).toBeVisible();
	await expect(page.getByRole('button', { name: 'Set-up' })).toHaveCount(0);
	await expect(page.getByRole('tab', { name: 'Findings' })).toHaveCount(0);
	await present(page);
	await page.getByRole('main').focus();
	await page.keyboard.press('3');
	await expect(page.getByRole('tab', { name: 'Findings' })).toHaveCount(0);
});

test('the lab can return from changes to the set-up of its link', async ({ page }) => {
	await openLab(page, '?depth=8&seed=7&backend=wasm');
	const back = 'Back to the link’s set-up';
	await page.getByRole('combobox', { name: 'Depth', exact: true }).selectOption('14');
	await expect(page.getByRole('heading', { name: 'plain-14' })).toBeVisible();
	await waitForStatus(page, 'ready');
	await choose(page, back);
	await expect(page.getByRole('heading', { name: 'plain-8' })).toBeVisible();
	await page.getByRole('button', { name: 'More', exact: true }).click();
	await expect(page.getByRole('menuitem', { name: 'Save run' })).toBeVisible();
	await expect(page.getByRole('menuitem', { name: back })).toHaveCount(0);
});

test('a link that hides an unknown panel is reported', async ({ page }) => {
	await page.goto('/lab/?recording=exploding-20&hide=cats');
	await expect(page.getByRole('alert')).toContainText('cats');
});
