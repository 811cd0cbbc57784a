/** Recorded runs: they play in the lab and in lessons without training, and lead to a live run. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from './test';
import {
	choose,
	currentStep,
	openExport,
	openLab,
	openRecord,
	waitForStatus,
	waitForStep
} from './lab';

test('a link plays a recorded run without training, and one click trains it live', async ({
	page
}) => {
	await page.goto('/lab/?recording=vanishing-20&backend=wasm');
	const badge = page.getByTestId('replay');
	await expect(badge).toContainText('Recorded');
	await expect(badge).toContainText(/On .+ threads\./);
	await expect(badge).toContainText('Norms are kept for');
	expect(page.workers()).toHaveLength(0);
	const film = page.getByRole('slider', { name: 'Step shown' });
	await page.getByRole('combobox', { name: 'Playback speed' }).selectOption({ index: 2 });
	await expect.poll(() => film.inputValue().then(Number)).toBe(100);
	expect(page.workers()).toHaveLength(0);

	await page.getByRole('button', { name: 'Train live' }).click();
	await expect(badge).toBeHidden();
	await waitForStep(page, 2);
	await page.getByRole('button', { name: 'Pause', exact: true }).click();
	await waitForStatus(page, 'ready');
});

test('networks stay drawn while a film changes them at every frame', async ({ page }) => {
	await page.goto('/lab/?recording=degradation-56');
	const film = page.getByRole('slider', { name: 'Step shown' });
	await expect.poll(() => film.inputValue().then(Number)).toBeGreaterThan(150);
	const colours = await page
		.getByRole('application')
		.first()
		.locator('canvas')
		.evaluate((canvas: HTMLCanvasElement) => {
			const { width, height } = canvas;
			const { data } = canvas.getContext('2d')!.getImageData(0, 0, width, height);
			return new Set(new Uint32Array(data.buffer)).size;
		});
	expect(Number(await film.inputValue())).toBeLessThan(3000);
	expect(colours).toBeGreaterThan(10);
});

test('recorded runs are listed and can be opened from a file, and a missing one is reported', async ({
	page
}) => {
	await openLab(page, '?depth=8&backend=wasm');
	await openRecord(page, 'static/recordings/exploding-20.zip');
	await expect(page.getByTestId('replay')).toContainText('Recorded');
	await expect(page.getByText(/^Stopped at step/)).toHaveCount(2);

	await page.route('**/recordings/degradation-56.zip', (route) => route.fulfill({ status: 404 }));
	await choose(page, 'Runs');
	await page.getByRole('button', { name: /^Degradation.*56 layers/ }).click();
	await expect(page.getByRole('alert')).toContainText(
		/The recording degradation-56 could not be loaded \(.*degradation-56\.zip: HTTP 404\)/
	);
	await page.getByRole('button', { name: /^Degradation.*20 layers/ }).click();
	await expect(page.getByTestId('replay')).toContainText('3,000 steps');
});

test('a lesson plays its recording and can train it live', async ({ page }) => {
	await page.goto('/lessons/08-recipe/?backend=wasm');
	const play = page.getByRole('button', { name: 'Play the recording' });
	await expect(play).toBeEnabled();
	await play.focus();
	await play.click();
	await expect(page.getByTestId('replay')).toContainText('Recorded');
	expect(page.workers()).toHaveLength(0);
	await page.getByRole('button', { name: 'Run 60 steps' }).click();
	await expect(page.getByTestId('replay')).toHaveCount(0);
	await expect.poll(() => currentStep(page)).toBeGreaterThan(2);
});

test('the command line records a run, and the lab opens its file', async ({ page }) => {
	const folder = await mkdtemp(join(tmpdir(), 'recording-'));
	const record = (...args: string[]) =>
		promisify(execFile)(process.execPath, ['scripts/record.mjs', ...args]);
	try {
		const file = join(folder, 'short.zip');
		await record('?preset=degradation&depth=8&seed=9', '--steps', '12', '--out', file);
		await page.goto('/lab/?recording=exploding-20');
		await expect(page.getByTestId('replay')).toBeVisible();
		await openRecord(page, file);
		await expect(page.getByTestId('replay')).toContainText('seed 9, 12 steps.');
		await expect(page.getByRole('heading', { name: 'residual-8' })).toBeVisible();
		await expect(record('no-such-preset', '--out', file)).rejects.toThrow('a link to the lab');
	} finally {
		await rm(folder, { recursive: true });
	}
});

test('a run is saved as a film', async ({ page }) => {
	await page.goto('/lab/?recording=switching-20');
	await expect(page.getByTestId('replay')).toBeVisible();
	const dialog = await openExport(page);
	await dialog.getByRole('combobox', { name: 'Length' }).selectOption({ index: 0 });
	// Chromium on every machine writes WebM; MP4 needs H.264, which some builds lack.
	for (const [format, beginning] of [
		['WebM', '\x1aE\xdf\xa3'],
		['GIF', 'GIF89a']
	]) {
		await dialog.getByRole('combobox', { name: 'Format' }).selectOption({ label: format });
		const saved = page.waitForEvent('download');
		await dialog.getByRole('button', { name: 'Save film' }).click();
		const download = await saved;
		expect(download.suggestedFilename()).toBe(`switching-seed1-200steps.${format.toLowerCase()}`);
		const bytes = await readFile((await download.path())!);
		expect(bytes.subarray(0, beginning.length).toString('latin1')).toBe(beginning);
		expect(bytes.length).toBeGreaterThan(50_000);
	}
});
