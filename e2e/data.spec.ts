/** The user’s own images: imported, trained on, kept over a reload, removed, restored; damaged files are refused. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from './test';
import { loadModule } from '../scripts/load.mjs';
import { openLab, saveRecord, SMALL, stepTo, waitForStatus } from './lab';

const panel = (page: Page) => page.getByRole('region', { name: 'Your own images' });

async function openPanel(page: Page): Promise<void> {
	await page.getByRole('button', { name: 'Set-up' }).click();
	await page.locator('#settings').getByLabel('Image set').selectOption('Your own images…');
	await expect(panel(page)).toBeVisible();
}

const bring = (page: Page, name: string, bytes: Uint8Array) =>
	page.getByTestId('data-files').setInputFiles({
		name,
		mimeType: 'application/octet-stream',
		buffer: Buffer.from(bytes)
	});

/** Keeps the images that the card shows. */
const keep = (page: Page) => panel(page).getByRole('button', { name: 'Keep these images' }).click();

test('CIFAR-10’s archive is imported, trained on in colour, kept, removed and restored', async ({
	page
}) => {
	const { cifarArchive } = await loadModule('data/import/testing.ts');
	const archive: Uint8Array = await cifarArchive(60);
	await openLab(page, SMALL);
	await openPanel(page);
	await bring(page, 'cifar-10-binary.tar.gz', archive.subarray(0, 90_000));
	await expect(panel(page).getByRole('alert')).toContainText(/cifar-10-binary.*byte \d+/);
	await expect(panel(page).getByRole('listitem')).toHaveCount(0);

	await bring(page, 'cifar-10-binary.tar.gz', archive);
	const card = panel(page).getByRole('region', { name: 'Check these images' });
	await expect(card).toContainText('120 training and 60 test images, 32×32×3, 10 classes');
	await card.getByLabel('Colours').selectOption('greyscale');
	await expect(card).toContainText('32×32×1');
	await card.getByLabel('Colours').selectOption('colour');
	await expect(card).toContainText('32×32×3');
	await keep(page);
	await expect(card).toHaveCount(0);
	await expect(panel(page).getByRole('listitem')).toContainText(
		'120 training and 60 test images, 32×32×3, 10 classes'
	);
	await waitForStatus(page, 'ready');
	await expect(page.locator('#settings').getByLabel('Image set')).toHaveValue(/^own-/);
	expect(
		(
			await new AxeBuilder({ page }).include('#settings').include('section.sheet').analyze()
		).violations.map(({ id }) => id)
	).toEqual([]);
	await stepTo(page, 3);
	const { record } = await saveRecord(page);
	expect(record).toMatchObject({ input: [16, 16, 3] });
	const set = (record as unknown as { experiment: { data: { set: string } } }).experiment.data.set;
	expect(record.steps[2].lanes.every((lane) => Number.isFinite(lane!.loss))).toBe(true);

	await page.reload();
	await waitForStatus(page, 'ready');
	await openPanel(page);
	const item = panel(page).getByRole('listitem');
	await item.getByRole('button', { name: 'Remove' }).click();
	await expect(item).toHaveCount(0);
	await panel(page).getByRole('button', { name: 'Undo' }).click();
	await expect(item).toHaveCount(1);
	// The address still asks for these images.
	await expect(item.getByRole('button', { name: 'in use' })).toBeVisible();
	await page.locator('#settings').getByLabel('Image set').selectOption('fashion-mnist');
	await waitForStatus(page, 'ready');
	await item.getByRole('button', { name: 'Use' }).click();
	await waitForStatus(page, 'ready');
	await expect(page.locator('#settings').getByLabel('Image set')).toHaveValue(set);
});

test('a cancelled import leaves nothing behind', async ({ page }) => {
	const { cifarArchive } = await loadModule('data/import/testing.ts');
	const archive: Uint8Array = await cifarArchive(3000);
	await openLab(page, SMALL);
	await openPanel(page);
	await bring(page, 'cifar-10-binary.tar.gz', archive);
	await keep(page);
	await expect(panel(page).getByRole('status')).toContainText(/[1-9][\d,]* of 9,000 images stored/);
	await panel(page).getByRole('button', { name: 'Cancel' }).click();
	await expect(panel(page).getByRole('button', { name: 'Choose files' })).toBeVisible();
	await expect(panel(page).getByRole('alert')).toHaveCount(0);
	await expect(panel(page).getByRole('listitem')).toHaveCount(0);
	const left = await page.evaluate(async () => {
		const db = await new Promise<IDBDatabase>((resolve) => {
			const asked = indexedDB.open('residual-explorer-data');
			asked.onsuccess = () => resolve(asked.result);
		});
		const stores = [...db.objectStoreNames];
		const reading = db.transaction(stores);
		const counts = await Promise.all(
			stores.map(
				(store) =>
					new Promise<[string, number]>((resolve) => {
						const count = reading.objectStore(store).count();
						count.onsuccess = () => resolve([store, count.result]);
					})
			)
		);
		db.close();
		return Object.fromEntries(counts);
	});
	expect(left).toEqual({ sets: 0, files: 0, begun: 0 });
});

test('a link to images that this browser lacks says so and offers a way on', async ({ page }) => {
	const { writeLabLink } = await loadModule('lab/experiment/link.ts');
	const { PRESETS } = await loadModule('lab/experiment/presets.ts');
	const { changeData } = await loadModule('lab/experiment/experiment.ts');
	const experiment = changeData(PRESETS.degradation(8), 'own-123456789abc', 5);
	await page.goto(`/lab/?backend=wasm&${writeLabLink(experiment)}`);
	await waitForStatus(page, 'failed');
	await expect(page.getByRole('alert').first()).toContainText('own-123456789abc');
	await expect(panel(page)).toBeVisible();
	await page.getByRole('button', { name: 'Use Fashion-MNIST' }).click();
	await waitForStatus(page, 'ready');
	await stepTo(page, 1);
});
