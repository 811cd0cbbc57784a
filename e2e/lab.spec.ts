import AxeBuilder from '@axe-core/playwright';
import { expect, test } from './test';
import {
	currentStep,
	drawAcross,
	experimentLink,
	openLab,
	openRecord,
	openTab,
	pause,
	run,
	saveRecord,
	stepTo,
	waitForStatus,
	waitForStep
} from './lab';

test('the lab trains plain-8 and residual-8 on the shipped images', async ({ page }) => {
	const origins = new Set<string>();
	page.on('request', (request) => origins.add(new URL(request.url()).origin));
	await openLab(page, '?depth=8&backend=wasm');
	await run(page);
	await waitForStep(page, 70);
	await pause(page);
	const { record } = await saveRecord(page);
	expect(record.environment.backend).toBe('wasm');
	for (const lane of [0, 1]) {
		const losses = record.steps.map((step) => step.lanes[lane]!.loss);
		expect(losses[0]).toBeGreaterThan(1.8); // Guessing among ten classes gives ln 10 = 2.30.
		const last = losses.slice(-20).reduce((a, b) => a + b) / 20;
		expect(last).toBeLessThan(1.3);
		const norms = record.steps.at(-1)!.lanes[lane]!.gradientNorms;
		expect(norms.every((norm) => Number.isFinite(norm) && norm > 0)).toBe(true);
	}
	const tested = record.evaluations.filter(({ step }) => step === 50);
	expect(tested.map(({ lane }) => lane)).toEqual([0, 1]);
	for (const { error } of tested) expect(error).toBeLessThan(0.8);
	expect([...origins], 'nothing is asked of another origin').toEqual([new URL(page.url()).origin]);
});

test('“Pause” stops training; “One step” makes exactly one', async ({ page }) => {
	await openLab(page, '?depth=8&width=4&batch=16&backend=wasm');
	await run(page);
	await waitForStep(page, 3);
	await pause(page);
	const paused = await currentStep(page);
	await page.waitForTimeout(1500);
	expect(await currentStep(page)).toBe(paused);
	await stepTo(page, paused + 1);
	await page.waitForTimeout(500);
	expect(await currentStep(page)).toBe(paused + 1);
	await page.getByRole('button', { name: 'Reset' }).click();
	await expect.poll(() => currentStep(page)).toBe(0);
});

test('pre-training can be stopped, and the networks then start from random weights', async ({
	page
}) => {
	await page.goto('/lab/?preset=rescue-pretraining&width=16&batch=128&backend=wasm');
	const stop = page.getByRole('button', { name: 'Stop pre-training' });
	await expect(stop).toBeVisible();
	await expect(page.getByRole('combobox', { name: 'Experiment' })).toHaveValue(
		'rescue-pretraining'
	);
	await expect(page.getByRole('heading', { name: 'VGG-19 (2)' })).toBeVisible();
	await stop.click();
	const alert = page.getByRole('alert');
	await expect(alert).toContainText('You stopped pre-training.');
	// What was asked for can still be changed.
	await expect(page.getByRole('combobox', { name: 'Depth' })).toHaveValue('19');
	await alert.getByRole('button', { name: 'Start from random weights' }).click();
	await waitForStatus(page, 'ready');
	await stepTo(page, 1);
	const { lanes } = (await saveRecord(page)).record.experiment;
	expect(lanes.map(({ pretraining }) => pretraining)).toEqual([undefined, undefined]);
});

test('what is drawn before a run is compared with it, once its outcome has been named', async ({
	page
}) => {
	await openLab(page, '?preset=rescue-relu&depth=8&width=4&batch=16&backend=wasm');
	await page.getByRole('button', { name: 'Draw what you expect' }).click();
	await drawAcross(page, page.locator('[data-view=training-error]'), 20, 20);
	const profile = page.locator('[data-view=profile]').first();
	await profile.focus();
	for (const key of ['ArrowRight', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
	await expect(profile).toHaveAttribute('aria-valuetext', 'Layer 1: 0.100');
	const bar = page.getByTestId('prediction');
	await bar.getByRole('button', { name: 'Done' }).click();
	await run(page);
	await waitForStep(page, 200);
	await pause(page);
	await expect(page.getByTestId('findings')).toContainText('Nothing stands out');
	await bar.getByRole('button', { name: '(1)' }).click();
	await expect(bar).toContainText(/You expected a training error of \d+%, it was \d+%/);
	await expect(bar).toContainText(/you expected 1(\.0+)?;/);
	const { record } = await saveRecord(page);
	expect(record.prediction?.seen).toBe(0);
	expect(record.prediction?.lanes[0].gradient?.[0]).toBe(-1);
});

test('a cut shortcut changes the next step, is marked and enters the record', async ({ page }) => {
	const search = '?depth=14&width=4&batch=16&backend=wasm';
	await openLab(page, search);
	await stepTo(page, 4);
	const { record: whole } = await saveRecord(page);

	await openLab(page, search);
	await stepTo(page, 3);
	const arc = page.getByRole('switch', { name: /block 2/ });
	await expect(arc).toHaveAttribute('aria-checked', 'true');
	await arc.focus();
	await page.keyboard.press('Space');
	await expect(arc).toHaveAttribute('aria-checked', 'false');
	await stepTo(page, 4);
	const { record: cut } = await saveRecord(page);

	expect(cut.events).toEqual([{ kind: 'gate', step: 3, lane: 1, block: 2, gate: 0 }]);
	expect(whole.events).toEqual([]);
	const losses = (record: typeof cut, lane: number) =>
		record.steps.map((step) => step.lanes[lane]!.loss);
	expect(losses(cut, 0), 'the plain network is untouched').toEqual(losses(whole, 0));
	expect(losses(cut, 1).slice(0, 3), 'the same seed gives the same run').toEqual(
		losses(whole, 1).slice(0, 3)
	);
	expect(losses(cut, 1)[3]).not.toBe(losses(whole, 1)[3]);

	await page.getByRole('button', { name: /Restore all shortcuts/ }).click();
	await expect(arc).toHaveAttribute('aria-checked', 'true');
	await page.getByRole('button', { name: /Cut all shortcuts/ }).click();
	await expect(page.getByText('0 of 6 shortcuts on')).toBeVisible();
});

test('a shortcut can be cut while training runs', async ({ page }) => {
	await openLab(page, '?depth=8&width=4&batch=16&backend=wasm');
	await run(page);
	await waitForStep(page, 2);
	await page.getByRole('switch', { name: /block 1/ }).click();
	const at = await currentStep(page);
	await waitForStep(page, at + 4);
	await pause(page);
	const { record } = await saveRecord(page);
	expect(record.events).toMatchObject([{ kind: 'gate', lane: 1, block: 1, gate: 0 }]);
});

test('a saved record can be reopened, and for a broken one the lab says where the error is', async ({
	page
}, testInfo) => {
	await openLab(page, '?depth=8&width=4&batch=16&backend=wasm&seed=5');
	await stepTo(page, 3);
	const { path, record } = await saveRecord(page);

	await openLab(page, '?depth=14&width=4&batch=16&backend=wasm');
	await openRecord(page, path);
	await waitForStatus(page, 'replay');
	expect(await currentStep(page)).toBe(3);
	await expect(page.getByTestId('replay')).toBeVisible();
	await expect(page.getByTestId('training-error').first()).not.toHaveText('–');
	const again = await saveRecord(page);
	expect(again.record).toEqual(record);

	const broken = testInfo.outputPath('broken.json');
	const { writeFile } = await import('node:fs/promises');
	await writeFile(
		broken,
		JSON.stringify({ ...record, experiment: { ...record.experiment, seed: -4 } })
	);
	await openRecord(page, broken);
	await expect(page.getByRole('alert')).toContainText('experiment.seed');
	await expect(page.getByRole('alert')).toContainText('-4');
	expect(await currentStep(page), 'what was shown stays').toBe(3);
});

test('the lab names a damaged image file and fetches it again on retry', async ({ page }) => {
	await page.route('**/data/fashion-mnist/train-0*', async (route) => {
		const response = await route.fetch();
		const body = await response.body();
		body[1000] ^= 255;
		await route.fulfill({ response, body });
	});
	await page.goto('/lab/?depth=8&width=4&batch=16&backend=wasm');
	await waitForStatus(page, 'ready');
	await run(page);
	const alert = page.getByRole('alert');
	await expect(alert).toContainText(/train-0/);
	await expect(alert).toContainText(/SHA-256/);
	await page.unroute('**/data/fashion-mnist/train-0*');
	await page.getByRole('button', { name: 'Load it again' }).click();
	await waitForStep(page, 2);
});

test('the lab reports an unknown preset and an impossible depth in words', async ({ page }) => {
	await page.goto('/lab/?preset=resnext&depth=21&width=4&batch=16&backend=wasm');
	const alerts = page.getByRole('alert');
	await expect(alerts).toHaveCount(2);
	await expect(alerts.nth(0)).toContainText('resnext');
	await expect(alerts.nth(0)).toContainText('degradation');
	await expect(alerts.nth(1)).toContainText('depth=21');
	await waitForStatus(page, 'ready');
});

test('the lab reports that the training worker did not load, and offers a way on', async ({
	page
}) => {
	await page.route('**/worker-*.js', (route) => route.abort());
	await page.goto('/lab/?depth=8&width=4&batch=16&backend=wasm');
	await expect(page.getByRole('alert')).toContainText('training worker');
	await page.unroute('**/worker-*.js');
	await page.getByRole('button', { name: 'Start again at step 0' }).click();
	await waitForStatus(page, 'ready');
});

test('all pictures go back to an earlier step together, and play like a film', async ({ page }) => {
	await openLab(page, '?depth=8&width=4&batch=16&backend=wasm');
	await stepTo(page, 3);
	await page.getByRole('switch', { name: /block 1/ }).click();
	await stepTo(page, 8);
	const film = page.getByRole('group', { name: 'Playback of the run' });
	const error = page.getByRole('article', { name: 'residual-8' }).locator('dd').first();
	const now = await error.textContent();

	await film.getByRole('slider').fill('2');
	await expect(page.getByTestId('step-counter')).toContainText('Step 2 of 8');
	await expect(error).not.toHaveText(now!);
	// The networks are shown as before the cut, and cannot be changed.
	const arc = page.getByRole('switch', { name: /block 1/ });
	await expect(arc).toHaveAttribute('aria-checked', 'true');
	await expect(arc).toHaveAttribute('aria-disabled', 'true');

	await film.getByRole('combobox').selectOption({ label: '5 steps/s' });
	await film.getByRole('button', { name: 'Play from here' }).click();
	await expect(page.getByTestId('step-counter')).toContainText('Step 8 of 8');
	await expect(film.getByRole('button', { name: 'Play from here' })).toBeVisible();

	// The first step is at the heatmap's upper edge.
	await page
		.getByRole('img', { name: /residual-8, from step 1 at the top to step 8/ })
		.click({ position: { x: 200, y: 1 } });
	await expect(page.getByTestId('step-counter')).toContainText('Step 1 of 8');
	await film.getByRole('button', { name: 'Latest step' }).click();
	await expect(error).toHaveText(now!);
	await expect(arc).toHaveAttribute('aria-checked', 'false');
});

test('the findings name a vanished gradient with its numbers, and another probe can be chosen', async ({
	page
}) => {
	await openLab(page, '?preset=vanishing&depth=20&width=4&batch=16&backend=wasm');
	const findings = page.getByTestId('findings');
	await expect(findings).toContainText('appear here');
	await stepTo(page, 2);
	await expect(findings).toContainText(
		/plain-20.*vanished. The first layer’s norm is .*10⁻.*, less than/
	);
	await page
		.getByLabel('Quantity shown for each layer')
		.selectOption({ label: 'Standard deviation of block outputs' });
	await expect(
		page.getByRole('img', { name: /Standard deviation of block outputs in each layer of plain-20/ })
	).toHaveCount(2);
});

test('the lesion study removes each block in turn, and training continues unchanged', async ({
	page
}) => {
	const search = '?depth=14&width=4&batch=16&backend=wasm';
	await openLab(page, search);
	await stepTo(page, 3);
	const { record: calm } = await saveRecord(page);

	await openLab(page, search);
	const panel = await openTab(page, 'Remove blocks');
	await expect(page.getByRole('button', { name: 'Remove blocks in turn' })).toBeDisabled();
	await expect(panel).toContainText('Train at least one step first.');
	await stepTo(page, 2);
	await page.getByRole('button', { name: 'Remove blocks in turn' }).click();
	for (const name of ['plain-14', 'residual-14'])
		await expect(
			page.getByRole('img', { name: new RegExp(`^${name}. Test error without each block`) })
		).toHaveAccessibleName(/step 2, 500 images.*without block1: .*%; block2 changes the size/);
	await stepTo(page, 3);
	const { record } = await saveRecord(page);
	expect(record.steps.map(({ lanes }) => lanes)).toEqual(calm.steps.map(({ lanes }) => lanes));
	expect(record.lesions.map(({ lane, without }) => [lane, without.length])).toEqual([
		[0, 6],
		[1, 6]
	]);
	expect(record.lesions[1].without.map((error) => error === null)).toEqual([
		false,
		false,
		true,
		false,
		true,
		false
	]);
});

test('gradients of fresh networks are measured at every depth up to 1202', async ({ page }) => {
	await openLab(page, '?depth=8&width=4&batch=16&backend=wasm');
	await openTab(page, 'Before training');
	await page.getByRole('button', { name: 'Measure' }).click();
	const ratios = page.getByRole('img', { name: /^First layer’s gradient norm over/ });
	await expect(ratios).toHaveAccessibleName(/1202: .*; residual, option A: .*1202: /);
	// Sigmoid without normalisation: at depth 20 gradients vanish, with shortcuts too, though less; at 1202 they are 0.
	const name = (await ratios.getAttribute('aria-label'))!;
	const powers = [...name.matchAll(/20: [\d.]+ × 10(\S+?)[,;]/g)].map(([, power]) =>
		Number(
			[...power]
				.map((c) => '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'.indexOf(c))
				.map((d) => (d ? d - 1 : '-'))
				.join('')
		)
	);
	expect(powers[0]).toBeLessThan(-11);
	expect(powers[1]).toBeGreaterThan(powers[0]);
	expect(powers[1]).toBeLessThan(-5);
	expect(name).toMatch(/plain: .*1202: 0/);
	// The training run is unchanged.
	await stepTo(page, 1);

	// The record holds the results, the link their settings.
	const { path, record } = await saveRecord(page);
	expect(record.experiment.studies.start).toMatchObject({ activation: 'sigmoid', seed: 1 });
	const link = await experimentLink(page);
	await page.goto(`/lab/${link}&backend=wasm`);
	await waitForStatus(page, 'ready');
	await expect(page.getByRole('button', { name: 'Measure' })).toBeVisible();
	await expect(ratios).toHaveCount(0);
	await openRecord(page, path);
	await waitForStatus(page, 'replay');
	await expect(ratios).toHaveAccessibleName(name);
});

test('language and theme can be switched during training', async ({ page }) => {
	await openLab(page, '?depth=8&width=4&batch=16&backend=wasm');
	await run(page);
	await waitForStep(page, 2);
	await page.getByRole('button', { name: '中文' }).click();
	await expect(page.getByRole('button', { name: '暂停' })).toBeVisible();
	await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
	await page.getByRole('button', { name: /主题/ }).click();
	await page.getByRole('button', { name: /主题/ }).click();
	await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
	const at = await currentStep(page);
	await waitForStep(page, at + 2);
	await page.reload();
	await expect(page.getByRole('button', { name: '运行' })).toBeVisible();
});

test('the lab takes up to four networks, and some settings wait for a restart', async ({
	page
}) => {
	await openLab(page, '?depth=8&width=4&batch=16&backend=wasm');
	const add = page.getByRole('button', { name: 'Add network' });
	await add.click();
	await waitForStatus(page, 'ready');
	await add.click();
	await waitForStatus(page, 'ready');
	await expect(page.getByTestId('training-error')).toHaveCount(4);
	await expect(add).toBeDisabled();
	await stepTo(page, 1);
	await page.getByRole('combobox', { name: 'Depth', exact: true }).selectOption('14');
	await expect(page.getByText('take effect from step 0')).toBeVisible();
	expect(await currentStep(page)).toBe(1);
	await page.getByRole('button', { name: 'Apply and restart' }).click();
	await expect.poll(() => currentStep(page)).toBe(0);
	await stepTo(page, 1);
	const { record } = await saveRecord(page);
	expect(record.experiment.lanes.map((lane) => lane.network.depth)).toEqual([14, 14, 14, 14]);
});

for (const theme of ['light', 'dark'])
	test(`the lab has no accessibility violations, ${theme}`, async ({ page }) => {
		await openLab(page, `?depth=8&width=4&batch=16&backend=wasm&theme=${theme}`);
		await stepTo(page, 2);
		await page.getByRole('button', { name: 'Set-up' }).click();
		const lab = await new AxeBuilder({ page }).analyze();
		expect(lab.violations.map(({ id, nodes }) => [id, nodes.map((n) => n.html)])).toEqual([]);
		await page.goto(`/about/?theme=${theme}`);
		const about = await new AxeBuilder({ page }).analyze();
		expect(about.violations.map(({ id }) => id)).toEqual([]);
	});
