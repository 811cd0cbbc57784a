/** The sweep: a queue of short trainings that survives a pause and a reload. */
import { readFile } from 'node:fs/promises';
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Locator, type Page } from './test';
import { openLab, openRecord, openTab, saveRecord, stepTo, TRAINED } from './lab';

/** Starts a sweep over depths 8 and 14, 50 steps each. */
async function startSweep(page: Page, seeds: number): Promise<Locator> {
	await openLab(page, '?depth=8&width=4&batch=16&backend=wasm');
	const panel = await openTab(page, 'Sweep of settings');
	for (const depth of [20, 32, 44, 56, 110])
		await panel.getByRole('checkbox', { name: String(depth) }).uncheck();
	await panel.getByLabel('Steps per network').selectOption('50');
	await panel.getByLabel('Seeds').selectOption(String(seeds));
	await panel.getByRole('button', { name: 'Start the sweep' }).click();
	return panel;
}

test('a sweep fills the chart, pauses, and continues after a reload', async ({ page }) => {
	const panel = await startSweep(page, 2);

	const chart = panel.getByRole('img', { name: /^Training error/ });
	await expect(chart).toHaveAccessibleName(/plain: 8 .*%.*residual, option A: 8 .*%/);
	await panel.getByRole('button', { name: 'Pause' }).click();
	await expect(panel).toContainText(/About .* left/);

	// The address holds the tab.
	await page.reload();
	await expect(chart).toHaveAccessibleName(/plain: 8 .*%/);
	await panel.getByRole('button', { name: 'Continue' }).click();
	await expect(panel).toContainText('Done: 4 pairs trained', TRAINED);
	await expect(chart).toHaveAccessibleName(/plain: 8 .*%, 14 .*%;/);
	await expect(panel.getByRole('img', { name: /^Test error/ })).toHaveAccessibleName(/14 .*%/);
	expect(
		(await new AxeBuilder({ page }).include('[data-tab=sweep]').analyze()).violations.map(
			({ id }) => id
		)
	).toEqual([]);

	// The run's record holds the sweep; a lab without one shows it.
	await stepTo(page, 1);
	const { path, record } = await saveRecord(page);
	expect(record.sweep?.points).toHaveLength(8);
	const shown = (await chart.getAttribute('aria-label'))!;
	await panel.getByRole('button', { name: 'Clear' }).click();
	await expect(chart).toHaveCount(0);
	await openRecord(page, path);
	await expect(chart).toHaveAccessibleName(shown);

	await page.evaluate(() => localStorage.setItem('depth-sweep', '{"version":1,"spec":{}}'));
	// The address holds the tab.
	await page.reload();
	await expect(panel.getByRole('alert')).toContainText('spec.axes');
});

test('two settings make a map, which keys walk and a table repeats', async ({ page }) => {
	await openLab(page, '?depth=8&width=4&batch=16&backend=wasm');
	const panel = await openTab(page, 'Sweep of settings');
	await panel.getByRole('combobox', { name: /^and/ }).selectOption({ label: 'Width' });
	const depths = panel.getByRole('group', { name: 'Depth' });
	for (const depth of [20, 32])
		await depths.getByRole('checkbox', { name: String(depth), exact: true }).uncheck();
	const widths = panel.getByRole('group', { name: 'Width' });
	await widths.getByRole('checkbox', { name: '16', exact: true }).uncheck();
	await panel.getByLabel('Steps per network').selectOption('50');
	await panel.getByLabel('Seeds').selectOption('1');
	await panel.getByRole('button', { name: 'Start the sweep' }).click();
	await expect(panel).toContainText('Done: 4 pairs trained', TRAINED);

	// A pointer that rests where the map scrolls to would point at a cell, too.
	await page.mouse.move(0, 0);
	const plain = panel.getByRole('group', { name: /^plain: Training error/ });
	await plain.getByRole('button', { name: /^Depth 8, Width 4: .*%, seeds: 1/ }).focus();
	await page.keyboard.press('ArrowRight');
	await expect(plain.getByRole('button', { name: /^Depth 14, Width 4/ })).toBeFocused();
	const readout = panel.locator('[data-view=sweep-readout]');
	await expect(readout).toContainText(/Depth 14, Width 4.*residual, option A: .*%/);
	await panel.getByLabel('Show').selectOption({ index: 2 });
	await expect(readout).toContainText('points');
	await panel.getByText('All numbers as a table').click();
	await expect(panel.getByRole('row')).toHaveCount(1 + 8);
	const { violations } = await new AxeBuilder({ page }).include('[data-tab=sweep]').analyze();
	expect(violations.map(({ id }) => id)).toEqual([]);
});

test('memory does not grow during a sweep', async ({ page, browser }) => {
	test.skip(process.platform !== 'linux', 'reads memory from /proc, which only Linux has');
	const panel = await startSweep(page, 5);
	const cdp = await browser.newBrowserCDPSession();
	/** Resident memory of the pages and their workers, in MiB. */
	async function resident(): Promise<number> {
		await page.requestGC();
		const { processInfo } = await cdp.send('SystemInfo.getProcessInfo');
		const pages = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
		const kib = await Promise.all(
			pages.map(async (id) =>
				Number(/^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${id}/status`, 'utf8'))![1])
			)
		);
		return kib.reduce((sum, own) => sum + own, 0) / 1024;
	}
	// Four pairs are done.
	await expect(panel).toContainText(/Depth \d+, seed [345]:/, TRAINED);
	const early = await resident();
	await expect(panel).toContainText('Done: 10 pairs trained', TRAINED);
	const late = await resident();
	test.info().annotations.push({ type: 'MiB', description: `${early} → ${late}` });
	expect(late - early, `MiB gained over 6 pairs, from ${early}`).toBeLessThan(32);
});
