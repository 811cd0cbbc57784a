/** The lessons: read in both languages, their questions answered, their experiments run. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from './test';
import { currentStep, waitForStatus } from './lab';

const violations = async (page: Page) =>
	(await new AxeBuilder({ page }).analyze()).violations.map(({ id, nodes }) => [
		id,
		nodes.map(({ target }) => target.join(' '))
	]);

test('ten lessons are listed, opened and followed one after the other', async ({ page }) => {
	await page.goto('/lessons/');
	const list = page.getByRole('main').getByRole('listitem');
	await expect(list).toHaveCount(10);
	await list.getByRole('link').first().click();
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('How deep can a network be?');
	await expect(page.getByRole('application')).toHaveCount(3);
	await page.getByRole('link', { name: /^Next: Vanishing/ }).click();
	await expect(page.getByRole('heading', { level: 1 })).toContainText('Vanishing');
	await page.getByRole('link', { name: /^Before: / }).click();
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('How deep can a network be?');
});

test('a prediction, a real training and a question with feedback', async ({ page }) => {
	await page.goto('/lessons/04-degradation/?backend=wasm');
	const prediction = page.getByRole('group', { name: 'Predict first' });
	await prediction.getByRole('radio', { name: 'The shallow one' }).check();
	await expect(prediction.getByRole('status')).toContainText('Keep it in mind');
	await expect(prediction.getByText('by far')).toBeHidden();

	await page.getByRole('button', { name: 'Start the experiment' }).click();
	await waitForStatus(page, 'ready');
	await page.getByRole('button', { name: 'Run', exact: true }).click();
	await expect.poll(() => currentStep(page), { timeout: 60_000 }).toBeGreaterThan(2);
	await page.getByRole('button', { name: 'Pause', exact: true }).click();
	await expect(page.getByTestId('training-error')).toHaveCount(4);
	await expect(page.getByTestId('training-error').first()).toHaveText(/[\d.]+%/);

	await prediction.getByText('The answer, after the experiment').click();
	await expect(prediction.getByText('by far')).toBeVisible();
	const check = page.getByRole('group', { name: 'Check' });
	await check.getByRole('radio', { name: 'The test error is high' }).check();
	await expect(check.getByRole('status')).toContainText('Not quite.');
	await check.getByRole('radio', { name: /The training error of the deeper/ }).check();
	await expect(check.getByRole('status')).toContainText('Yes.');
	expect(await violations(page)).toEqual([]);
});

test('a training pauses at the very step that the lesson talks about, and goes on from there', async ({
	page
}) => {
	await page.goto('/lessons/02-gradients/?backend=wasm');
	await page.getByRole('button', { name: 'Start the experiment' }).first().click();
	await waitForStatus(page, 'ready');
	await page.getByRole('button', { name: 'Run', exact: true }).click();
	await expect.poll(() => currentStep(page), { timeout: 60_000 }).toBe(60);
	await waitForStatus(page, 'ready');
	await page.getByRole('button', { name: 'Run', exact: true }).click();
	await expect.poll(() => currentStep(page), { timeout: 60_000 }).toBeGreaterThan(70);
});

for (const locale of ['en', 'zh'])
	test(`every lesson opens in ${locale}, without an error or an accessibility violation`, async ({
		page
	}) => {
		await page.goto(`/lessons/?lang=${locale}`);
		const links = await page
			.getByRole('main')
			.getByRole('link')
			.evaluateAll((all) => all.map((a) => (a as HTMLAnchorElement).href));
		expect(links).toHaveLength(10);
		for (const link of links) {
			await page.goto(`${link}?lang=${locale}`);
			const heading = page.getByRole('heading', { level: 1 });
			await expect(heading).toHaveText(locale === 'zh' ? /[一-鿿]/ : /[a-z]/);
			expect(await violations(page), link).toEqual([]);
		}
	});
