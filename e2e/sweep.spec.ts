/** The depth sweep: a queue of short trainings that survives a pause and a reload. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { openLab } from './lab';

test('a sweep gives the chart, pauses, and goes on after a reload', async ({ page }) => {
	await openLab(page, '?depth=8&width=4&batch=16&backend=wasm');
	const panel = page.locator('details.sweep');
	await panel.getByText('Depth sweep').click();
	for (const depth of [20, 32, 44, 56, 110])
		await panel.getByRole('checkbox', { name: String(depth) }).uncheck();
	await panel.getByLabel('Steps each').selectOption('50');
	await panel.getByLabel('Seeds').selectOption('2');
	await panel.getByRole('button', { name: 'Start the sweep' }).click();

	const chart = panel.getByRole('img', { name: /^Training error/ });
	await expect(chart).toHaveAccessibleName(/plain: 8 .* %.*residual, option A: 8 .* %/, {
		timeout: 60_000
	});
	await panel.getByRole('button', { name: 'Pause' }).click();
	await expect(panel).toContainText(/About .* left/);

	await page.reload();
	await panel.getByText('Depth sweep').click();
	await expect(chart).toHaveAccessibleName(/plain: 8 .* %/);
	await panel.getByRole('button', { name: 'Continue' }).click();
	await expect(panel).toContainText('Done: 4 pairs trained', { timeout: 90_000 });
	await expect(chart).toHaveAccessibleName(/plain: 8 .* %, 14 .* %;/);
	await expect(panel.getByRole('img', { name: /^Test error/ })).toHaveAccessibleName(/14 .* %/);
	expect(
		(await new AxeBuilder({ page }).include('details.sweep').analyze()).violations.map(
			({ id }) => id
		)
	).toEqual([]);

	await page.evaluate(() => localStorage.setItem('depth-sweep', '{"version":1,"spec":{}}'));
	await page.reload();
	await panel.getByText('Depth sweep').click();
	await expect(panel.getByRole('alert')).toContainText('spec.depths');
});
