/** A run compared over several seeds. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from './test';
import { openLab, openRecord, openTab, saveRecord, stepTo, TRAINED } from './lab';

const SMALL = '?depth=8&width=4&batch=16&backend=wasm&tab=seeds';

test('the networks are trained with more seeds, drawn with their spread, and kept in the record', async ({
	page
}) => {
	await openLab(page, SMALL);
	await stepTo(page, 42);
	await page.getByRole('button', { name: 'More seeds' }).click();
	const seeds = await openTab(page, 'Seeds');
	await seeds.getByLabel('Number of seeds').selectOption('3');
	await expect(seeds.getByText('2 more runs of 42 steps')).toBeVisible();
	await seeds.getByRole('button', { name: 'Train with 3 seeds' }).click();
	const table = seeds.getByRole('region', { name: 'Seeds' }).getByRole('table');
	await expect(seeds.getByText('All 3 seeds have been trained to step 42.')).toBeVisible(TRAINED);
	await expect(table.getByRole('row')).toHaveCount(3);
	await expect(table).toContainText(/plain-8.*%.*\(.*% to .*%\)/);
	const results = await new AxeBuilder({ page }).include('[data-view=spread-curves]').analyze();
	expect(results.violations).toEqual([]);

	const { record, path } = await saveRecord(page);
	expect(record.experiment.studies).toEqual({ seeds: { count: 3 } });
	expect(record.seeds?.map(({ seed, step }) => [seed, step])).toEqual([
		[2, 42],
		[3, 42]
	]);
	await openRecord(page, path);
	const again = await openTab(page, 'Seeds');
	await expect(again.getByRole('region', { name: 'Seeds' }).getByRole('row')).toHaveCount(3);
});
