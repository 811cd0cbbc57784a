/** Changes to networks in training: gates between 0 and 1, a branch set to 0, blocks swapped and shuffled, and undo. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from './test';
import { openLab, openTab, saveRecord, stepTo } from './lab';

const SEARCH = '?depth=14&width=4&batch=16&backend=wasm';

/** Opens the card of a layer by keyboard. */
async function openCard(page: Page, network: RegExp, layer: number): Promise<void> {
	await page.getByRole('application', { name: network }).focus();
	for (let i = 1; i <= layer; i++) await page.keyboard.press('ArrowRight');
	await expect(page.getByTestId('layer-card')).toContainText(`Layer ${layer}:`);
}

test('setting F to 0 and changing a gate are reported and can be undone bit for bit', async ({
	page
}) => {
	await openLab(page, SEARCH);
	await stepTo(page, 6);
	const { record: calm } = await saveRecord(page);

	await openLab(page, SEARCH);
	await stepTo(page, 4);
	await openCard(page, /residual-14/, 4);
	const card = page.getByTestId('layer-card');
	await card.getByRole('button', { name: 'Set F to 0' }).click();
	await expect(card).toContainText(/F of block 1 set to 0: test error [\d.]+% → [\d.]+%/);
	expect(
		(await new AxeBuilder({ page }).include('[data-testid=layer-card]').analyze()).violations.map(
			({ id }) => id
		)
	).toEqual([]);
	await page
		.getByRole('button', { name: /^Undo: residual-14, F of block 1/ })
		.first()
		.click();
	await expect(card).toContainText(/Undone: F of block 1 set to 0/);

	const gate = card.getByRole('slider', { name: 'Gate of its shortcut' });
	await gate.fill('0.5');
	await expect(
		page.getByRole('button', { name: /shortcut 1 back to gate 1/ }).first()
	).toBeVisible();
	await page.keyboard.press('Escape');
	await page
		.getByRole('button', { name: /shortcut 1 back to gate 1/ })
		.first()
		.click();
	await stepTo(page, 6);
	const { record } = await saveRecord(page);
	expect(record.steps.map(({ lanes }) => lanes)).toEqual(calm.steps.map(({ lanes }) => lanes));
	expect(record.events.map(({ kind }) => kind)).toEqual([
		'surgery',
		'surgery-undone',
		'gate',
		'gate'
	]);
});

test('blocks are shuffled at test time', async ({ page }) => {
	await openLab(page, SEARCH);
	await stepTo(page, 2);
	await openTab(page, 'Remove blocks');
	await page.getByRole('button', { name: 'Shuffle blocks' }).click();
	await expect(page.getByText('Test error with the blocks in other orders')).toBeVisible();
	// The button is enabled again once both networks are done.
	await expect(page.getByRole('button', { name: 'Shuffle blocks' })).toBeEnabled();
	const { record } = await saveRecord(page);
	const { shuffles } = record as unknown as {
		shuffles: { lane: number; shuffled: { order: number[]; tau: number }[] }[];
	};
	expect(new Set(shuffles.map(({ lane }) => lane))).toEqual(new Set([0, 1]));
	for (const { order, tau } of shuffles[0].shuffled) {
		expect([...order].sort()).toEqual([0, 1, 2, 3, 4, 5]);
		expect(tau).toBeLessThan(1);
	}
});
