/** A user’s actions on the lab page, for the end-to-end tests. */
import { readFile } from 'node:fs/promises';
import { expect, type Locator, type Page } from './test';

/** The search part of an address that opens two networks small enough to train at once. */
export const SMALL = '?depth=8&width=4&batch=16&backend=wasm';

/** The part of a saved record that the tests look at. */
export interface SavedRecord {
	environment: { backend: string };
	experiment: {
		seed: number;
		lanes: { network: { depth: number; shortcut: string }; pretraining?: object }[];
		studies: Record<string, object>;
	};
	prediction?: { seen: number | string | null; lanes: { gradient: number[] | null }[] };
	sweep?: { points: object[] };
	steps: {
		step: number;
		lanes: ({ loss: number; trainingError: number; gradientNorms: number[] } | null)[];
	}[];
	evaluations: { step: number; lane: number; error: number; loss: number }[];
	seeds?: { seed: number; step: number }[];
	histograms: { lane: number; step: number }[];
	lesions: { lane: number; without: (number | null)[] }[];
	events: { kind: string; step: number; lane?: number; block?: number; gate?: number }[];
}

/** Opens the lab and waits until its networks are ready. */
export async function openLab(page: Page, search: string): Promise<void> {
	await page.goto(`/lab/${search}`);
	await waitForStatus(page, 'ready');
}

/** Training takes long on two busy cores or a software adapter. */
export const TRAINED = { timeout: 200_000 };

export async function waitForStatus(page: Page, status: string): Promise<void> {
	await expect(page.getByTestId('status')).toHaveAttribute('data-status', status, TRAINED);
}

export async function currentStep(page: Page): Promise<number> {
	return Number(await page.getByTestId('step-counter').getAttribute('data-step'));
}

/** Waits until training has reached a step. */
export async function waitForStep(page: Page, step: number): Promise<void> {
	await expect.poll(() => currentStep(page), TRAINED).toBeGreaterThanOrEqual(step);
}

/** Chooses an item from a menu. */
export async function choose(page: Page, item: string, menu = 'More'): Promise<void> {
	await page.getByRole('button', { name: menu, exact: true }).click();
	await page.getByRole('menuitem', { name: item }).click();
}

/** Opens a tab below the pictures and returns its panel. */
export async function openTab(page: Page, name: string): Promise<Locator> {
	await page.getByRole('tab', { name }).click();
	return page.getByRole('tabpanel', { name });
}

/** Waits until the run on the screen is saved up to a step, and leaves the page. */
export async function leaveKept(page: Page, step: number): Promise<void> {
	await choose(page, 'Runs');
	const runs = page.getByRole('region', { name: 'Runs', exact: true });
	await expect(runs).toContainText(new RegExp(`Step ${step}\\b`));
	await page.goto('about:blank');
}

export const run = (page: Page) => page.getByRole('button', { name: 'Run', exact: true }).click();

export async function pause(page: Page): Promise<void> {
	await page.getByRole('button', { name: 'Pause', exact: true }).click();
	await waitForStatus(page, 'ready');
}

/** Makes single steps until the counter shows `step`. */
export async function stepTo(page: Page, step: number): Promise<void> {
	for (let next = (await currentStep(page)) + 1; next <= step; next++) {
		await page.getByRole('button', { name: 'One step' }).click();
		await waitForStep(page, next);
	}
}

/** Saves the run's record and reads the file. */
export async function saveRecord(page: Page): Promise<{ record: SavedRecord; path: string }> {
	const download = page.waitForEvent('download');
	// After a failure the notice offers it instead of the menu.
	const notice = page.getByRole('alert').getByRole('button', { name: 'Save run' });
	if (await notice.count()) await notice.click();
	else await choose(page, 'Save run');
	const path = await (await download).path();
	return { record: JSON.parse(await readFile(path, 'utf8')), path };
}

/** Opens a record's file through the menu. */
export async function openRecord(page: Page, path: string): Promise<void> {
	const chooser = page.waitForEvent('filechooser');
	await choose(page, 'Open run…');
	await (await chooser).setFiles(path);
}

/** The query of the link to the current experiment, copied from the Share dialog. */
export async function experimentLink(page: Page): Promise<string> {
	await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
	await page.getByRole('banner').getByRole('button', { name: 'Share' }).click();
	const box = page.getByRole('dialog', { name: 'Share' });
	await box.getByRole('button', { name: 'Copy' }).first().click();
	await expect(box.getByText('Copied.')).toBeVisible();
	await box.getByRole('button', { name: 'Close' }).click();
	return new URL(await page.evaluate(() => navigator.clipboard.readText())).search;
}

/** Trains a pair of networks on wasm until both have been tested, and returns the record. */
export async function trainAndTest(page: Page, link: string, steps: number): Promise<SavedRecord> {
	await openLab(page, `?${link}&backend=wasm`);
	await stepTo(page, steps);
	for (const lane of [0, 1])
		await expect(page.getByTestId('test-error').nth(lane)).toContainText('%');
	return (await saveRecord(page)).record;
}

/** Opens the dialog that exports to other programs. */
export async function openExport(page: Page): Promise<Locator> {
	await choose(page, 'Save and export');
	return page.getByRole('dialog', { name: 'Save and export' });
}

/**
 * Draws a line across a chart by mouse, from near its left edge to near its right, at heights in pixels from its top, once
 * the bar of the prediction is there, which moves the chart.
 */
export async function drawAcross(page: Page, chart: Locator, from: number, to: number) {
	await expect(page.getByTestId('prediction').getByRole('button', { name: 'Done' })).toBeVisible();
	const { x, y, width } = (await chart.boundingBox())!;
	await page.mouse.move(x + 60, y + from);
	await page.mouse.down();
	await page.mouse.move(x + width - 20, y + to, { steps: 5 });
	await page.mouse.up();
}
