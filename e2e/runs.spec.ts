/** Runs that the browser keeps, so that a reload loses nothing. */
import AxeBuilder from '@axe-core/playwright';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { expect, test, type Page } from './test';
import {
	choose,
	currentStep,
	leaveKept,
	openLab,
	saveRecord,
	SMALL,
	stepTo,
	waitForStatus
} from './lab';

const openRuns = (page: Page) => choose(page, 'Runs');
const runs = (page: Page) => page.getByRole('region', { name: 'Runs', exact: true });

test('a run continues after a reload with the same numbers', async ({ page }) => {
	await openLab(page, SMALL);
	await stepTo(page, 8);
	const { record: calm } = await saveRecord(page);

	await openLab(page, SMALL);
	await stepTo(page, 3);
	await page.getByRole('switch', { name: /block 1/ }).click();
	await page.getByRole('switch', { name: /block 1/ }).click();
	await stepTo(page, 5);
	await leaveKept(page, 5);
	await page.goto('/lab/');
	const notice = page.getByRole('status').filter({ hasText: 'Your last run' });
	await expect(notice).toContainText('plain-8, residual-8, step 5');
	await notice.getByRole('button', { name: 'Continue' }).click();
	await expect.poll(() => currentStep(page)).toBe(5);
	await waitForStatus(page, 'ready');
	await stepTo(page, 8);
	const { record } = await saveRecord(page);
	expect(record.steps.map(({ lanes }) => lanes)).toEqual(calm.steps.map(({ lanes }) => lanes));
	expect(record.events.at(-1)).toMatchObject({ kind: 'resumed', step: 5, cause: 'kept' });
});

test('runs are listed, named, opened, saved as a table, removed and restored', async ({ page }) => {
	await openLab(page, SMALL);
	await openRuns(page);
	await expect(runs(page)).toContainText('No saved runs yet');
	await openRuns(page);
	await stepTo(page, 3);
	await openLab(page, `${SMALL}&seed=2`);
	await stepTo(page, 2);
	await openRuns(page);
	const items = runs(page).getByRole('listitem');
	await expect(items).toHaveCount(2);
	await expect(items.first()).toContainText('on the screen');
	const older = items.nth(1);
	await older.getByRole('textbox').fill('first try');
	await older.getByRole('textbox').press('Enter');

	const download = page.waitForEvent('download');
	await older.getByRole('button', { name: /CSV/ }).click();
	const csv = (await readFile(await (await download).path(), 'utf8')).split('\n');
	expect(csv).toHaveLength(1 + 3 * 2);
	expect(csv[0]).toMatch(/^step,lane,milliseconds,loss,.*gradient_norm_8$/);

	await older.getByRole('button', { name: 'Remove first try' }).click();
	await expect(items).toHaveCount(1);
	await runs(page).getByRole('button', { name: 'Undo' }).click();
	await expect(items).toHaveCount(2);
	await expect(items.nth(1).getByRole('textbox')).toHaveValue('first try');
	expect(
		(await new AxeBuilder({ page }).include('#runs').analyze()).violations.map(({ id }) => id)
	).toEqual([]);

	await older.getByRole('button', { name: 'Show' }).click();
	await waitForStatus(page, 'replay');
	await expect.poll(() => currentStep(page)).toBe(3);
});

test('several records can be dropped at once and compared; an invalid one is named', async ({
	page
}, testInfo) => {
	const paths: string[] = [];
	for (const seed of [1, 2]) {
		await openLab(page, `${SMALL}&seed=${seed}`);
		await stepTo(page, 2 + seed);
		paths.push(testInfo.outputPath(`student ${seed}.json`));
		await copyFile((await saveRecord(page)).path, paths.at(-1)!);
	}
	const broken = testInfo.outputPath('broken.json');
	await writeFile(broken, '{"version":1,');

	await openLab(page, `${SMALL}&seed=3`);
	await stepTo(page, 2);
	await drop(page, [paths[0], broken, paths[1]]);
	await expect(page.getByRole('alert')).toContainText('broken.json');
	await expect(page.getByRole('alert')).toContainText('The file was cut');
	expect(await currentStep(page), 'the run on the screen stays').toBe(2);
	const table = page.getByRole('table', { name: 'Compared runs' });
	await expect(table.getByRole('row')).toHaveCount(1 + 4);
	await expect(table).toContainText(/student 1\s*plain-8\s*[\d.]+%\s*\d\.\d{3}/);
	await expect(page.locator('path.behind')).toHaveCount(3 * 4);
	await expect(page.locator('path.behind').first()).toHaveAttribute('d', /^M.*L/);

	await expect(runs(page).getByRole('listitem')).toHaveCount(5);
	await runs(page)
		.getByRole('checkbox', { name: /Compare student 1/ })
		.uncheck();
	await expect(table.getByRole('row')).toHaveCount(1 + 2);
	await page.getByRole('button', { name: 'Stop comparing student 2' }).click();
	await expect(table).toHaveCount(0);
	expect(
		(await new AxeBuilder({ page }).include('#runs').analyze()).violations.map(({ id }) => id)
	).toEqual([]);
});

/** Drops files anywhere on the page. */
async function drop(page: Page, paths: readonly string[]): Promise<void> {
	const files = await Promise.all(
		paths.map(async (path) => ({ name: basename(path), text: await readFile(path, 'utf8') }))
	);
	const data = await page.evaluateHandle((told) => {
		const transfer = new DataTransfer();
		for (const { name, text } of told) transfer.items.add(new File([text], name));
		return transfer;
	}, files);
	await page.locator('main').dispatchEvent('drop', { dataTransfer: data });
}
