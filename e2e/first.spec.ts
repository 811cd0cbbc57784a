/** The first page: a prediction, the recorded run that answers it, and three doors. */
import { expect, test, type Page } from './test';
import { currentStep, pause, waitForStep } from './lab';

const film = (page: Page) => page.getByTestId('film');
const filmStep = async (page: Page) => Number(await film(page).getAttribute('data-step'));
const outcome = (page: Page) =>
	page.getByRole('main').getByRole('status').filter({ hasText: '200 steps' });

/** Figures of `static/recordings/depths-56.zip` after 200 steps. */
const FIGURES = /residual-56 gets 18\.4% .* plain-56 53\.0%\.\s+In .*plain-8 got only 19\.0%/s;

for (const [choice, verdict] of [
	['The one with shortcuts', 'You chose “The one with shortcuts”. That is the one.'],
	['The plain one', 'You chose “The plain one”. It was the other one.']
])
	test(`a visitor who predicts “${choice}” sees the outcome within 15 seconds`, async ({
		page
	}) => {
		// By the page's clock, which stands still while a busy machine is slow.
		await page.clock.install();
		await page.goto('/');
		// Loaded, the film waits here.
		await expect.poll(() => filmStep(page)).toBe(4);
		await page.getByRole('button', { name: choice }).click();
		await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 1000);
		await page.clock.runFor(14_000);
		await expect(outcome(page)).toContainText(verdict);
		await page.clock.resume();
		await expect(outcome(page)).toContainText(FIGURES);
		// The prediction can no longer be changed.
		await page.getByRole('button', { name: 'The plain one' }).click({ force: true });
		await expect(page.getByRole('button', { name: choice })).toHaveAttribute(
			'aria-pressed',
			'true'
		);
		await expect(outcome(page)).toContainText(verdict);
		await page.getByRole('button', { name: 'Watch again' }).click();
		await expect.poll(() => filmStep(page)).toBeLessThan(200);
		await expect(outcome(page)).toContainText(verdict);
		expect(page.workers()).toHaveLength(0);
	});

test('the film waits for a prediction, and its chart can be read by keyboard', async ({ page }) => {
	await page.goto('/');
	await expect.poll(() => filmStep(page)).toBe(4);
	await page.waitForTimeout(1000);
	expect(await filmStep(page)).toBe(4);
	await expect(outcome(page)).toHaveCount(0);
	await page.getByRole('button', { name: 'Just show me' }).click();
	await expect(outcome(page)).toContainText(FIGURES);
	await expect(outcome(page)).not.toContainText('You chose');
	const chart = page.getByRole('slider', { name: /Training error/ });
	await chart.focus();
	await page.keyboard.press('Home');
	await expect(chart).toHaveAttribute('aria-valuenow', '1');
	await expect(film(page)).toContainText(/A recorded run.*seed/);
});

test.describe('with reduced motion', () => {
	test.use({ reducedMotion: 'reduce' });

	test('the film stands still before and after the prediction', async ({ page }) => {
		await page.goto('/');
		await expect.poll(() => filmStep(page)).toBe(4);
		await page.getByRole('button', { name: 'The one with shortcuts' }).click();
		expect(await filmStep(page)).toBe(200);
		await expect(outcome(page)).toContainText(FIGURES);
	});
});

test('one door starts training the same two networks; reloading the address does not start it again', async ({
	page
}) => {
	const began = Date.now();
	await page.goto('/');
	await page.getByRole('link', { name: 'Train it live' }).click();
	await waitForStep(page, 50);
	test.info().annotations.push({ type: 'seconds', description: `${(Date.now() - began) / 1000}` });
	await expect(page.getByRole('heading', { name: 'plain-56' })).toBeVisible();
	await expect(page.getByRole('heading', { name: 'residual-56' })).toBeVisible();
	await pause(page);
	expect(new URL(page.url()).searchParams.get('depth')).toBe('56');
	expect(new URL(page.url()).searchParams.has('run')).toBe(false);
	await page.reload();
	await expect(page.getByTestId('status')).toHaveAttribute('data-status', 'ready');
	expect(await currentStep(page)).toBe(0);
});

test('the other doors lead to the explorer and to the lessons', async ({ page }) => {
	await page.goto('/');
	await page.getByRole('link', { name: 'Take the lessons' }).click();
	await expect(page).toHaveURL(/\/lessons\/$/);
	await page.getByRole('link', { name: 'Residual Explorer' }).click();
	await page.getByRole('link', { name: 'Explore the networks' }).click();
	await expect(page).toHaveURL(/\/explore\//);
});

test.describe('without JavaScript', () => {
	test.use({ javaScriptEnabled: false });

	test('the page shows the question and the doors', async ({ page }) => {
		await page.goto('/');
		await expect(page.getByRole('heading', { level: 1 })).toHaveText(/56 layers each/);
		await expect(page.getByRole('link', { name: 'Train it live' })).toHaveAttribute(
			'href',
			/preset=degradation&depth=56&run=1$/
		);
	});
});
