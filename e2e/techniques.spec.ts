/** Training techniques, planned cuts, and the loss landscape. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from './test';
import {
	experimentLink,
	openLab,
	openRecord,
	openTab,
	pause,
	run,
	saveRecord,
	SMALL,
	stepTo,
	waitForStatus,
	waitForStep
} from './lab';

test('Adam, clipping, a schedule, dropout and one network’s leaky ReLU take effect', async ({
	page
}) => {
	await openLab(page, SMALL);
	await page.getByRole('button', { name: 'Set-up' }).click();
	const settings = page.locator('#settings');
	await settings.getByLabel('Optimiser').selectOption('adam');
	await settings.getByLabel('Clip gradients at').fill('0.5');
	await settings.getByLabel('Clip gradients at').press('Enter');
	await settings.getByLabel('Schedule').selectOption('drops');
	await settings.getByLabel('Drop after steps').fill('two');
	await settings.getByLabel('Drop after steps').press('Enter');
	await expect(settings.getByRole('alert')).toContainText('two');
	await settings.getByLabel('Drop after steps').fill('4, 2');
	await settings.getByLabel('Drop after steps').press('Enter');
	await settings.getByLabel('Warm-up steps').fill('1');
	await settings.getByLabel('Warm-up steps').press('Enter');
	await settings.getByLabel('Applies to').selectOption('residual-8');
	await settings.getByLabel('Activation').selectOption('leaky ReLU');
	await settings.getByLabel('Dropout').selectOption('0.4');
	await waitForStatus(page, 'ready');
	await stepTo(page, 6);
	await page.getByLabel('Quantity shown for each layer').selectOption('Dead ReLUs');
	const { record } = await saveRecord(page);
	expect(record.experiment).toMatchObject({
		recipe: {
			optimiser: 'adam',
			learningRate: 0.001,
			clip: 0.5,
			warmUp: 1,
			schedule: { kind: 'drops', after: [2, 4] }
		},
		lanes: [
			{ network: { activation: 'relu' } },
			{ network: { activation: 'leaky-relu', dropout: 0.4 } }
		]
	});
	const [plain, residual] = record.steps[0].lanes as unknown as Record<string, unknown[]>[];
	expect(plain.deadShares.slice(0, -1).every((share) => typeof share === 'number')).toBe(true);
	expect(residual.deadShares.every((share) => share === 'NaN')).toBe(true);
	// Adam's steps follow the learning rate: warm-up, full rate, a tenth, a hundredth.
	const moved = record.steps.map(
		({ lanes }) => (lanes[0] as unknown as { updateNorms: number[] }).updateNorms[3]
	);
	expect(moved[1]).toBeGreaterThan(1.2 * moved[0]);
	expect(moved[2]).toBeLessThan(0.3 * moved[1]);
	expect(moved[4]).toBeLessThan(0.3 * moved[3]);
	expect(
		(await new AxeBuilder({ page }).include('#settings').analyze()).violations.map(({ id }) => id)
	).toEqual([]);
});

test('a planned cut takes place at its step and is shown', async ({ page }) => {
	await openLab(page, '?preset=switching&depth=8&width=4&batch=16&backend=wasm');
	await expect(page.getByText('After step 100 all shortcuts of the second are cut')).toBeVisible();
	await run(page);
	await waitForStep(page, 160);
	await pause(page);
	const { record } = await saveRecord(page);
	expect(record.events.map(({ step, lane, gate }) => [step, lane, gate])).toEqual([
		...[0, 1, 2].map(() => [100, 1, 0]),
		...[0, 1, 2].map(() => [150, 1, 1])
	]);
});

test('the loss landscape is measured, rotated, saved in the record and shown again', async ({
	page
}) => {
	await openLab(page, SMALL);
	await stepTo(page, 2);
	const panel = await openTab(page, 'Loss landscape');
	await panel.getByLabel('Points').selectOption('9×9');
	await panel.getByRole('button', { name: 'Measure' }).click();
	await expect(panel.getByRole('img', { name: /plain-8, step 2: loss/ })).toBeVisible();
	await expect(panel.getByRole('button', { name: 'Measure' })).toBeEnabled();
	await panel.getByRole('button', { name: 'Surface' }).click();
	await expect(panel.locator('.piece')).toHaveCount(2 * 8 * 8);
	const before = await panel.locator('.piece').first().getAttribute('d');
	await panel.getByLabel('Rotate').press('ArrowRight');
	await expect(panel.locator('.piece').first()).not.toHaveAttribute('d', before!);
	expect(
		(await new AxeBuilder({ page }).include('[data-testid=landscape]').analyze()).violations.map(
			({ id }) => id
		)
	).toEqual([]);
	const { record, path } = await saveRecord(page);
	const { landscapes } = record as unknown as { landscapes: { size: number; losses: number[] }[] };
	expect(landscapes.map(({ size, losses }) => [size, losses.length])).toEqual([
		[9, 81],
		[9, 81]
	]);
	await openLab(page, SMALL);
	await openRecord(page, path);
	await waitForStatus(page, 'replay');
	await expect(page.getByRole('img', { name: /residual-8, step 2: loss/ })).toBeVisible();
});

test('the gradient is followed block by block and path by path, saved, and asked for by a link', async ({
	page
}) => {
	await openLab(page, SMALL);
	await stepTo(page, 2);
	const panel = await openTab(page, 'Gradient paths');
	await panel.getByLabel('Paths per length').selectOption('10');
	await panel.getByRole('button', { name: 'Follow the gradient' }).click();
	await expect(panel.getByText(/^residual-8, step 2: .* \(8 of 8 paths measured\)/)).toBeVisible();
	await expect(panel.getByText(/only one way back/)).toBeVisible();
	await expect(
		panel.getByRole('img', { name: /^residual-8: Backward: .*block1: shortcut [\d.]+, branch/ })
	).toBeVisible();
	await expect(panel.getByRole('img', { name: /^residual-8: The shortcut’s share/ })).toBeVisible();
	await panel.getByRole('button', { name: 'Follow one step' }).click();
	await waitForStep(page, 3);
	// Two ways through each of the residual network's three blocks, and none over the plain one's.
	await expect(page.getByTestId('ways').locator('polyline')).toHaveCount(6);
	const axe = await new AxeBuilder({ page }).include('[data-testid=travel]').analyze();
	expect(axe.violations.map(({ id }) => id)).toEqual([]);
	const link = await experimentLink(page);
	const { record, path } = await saveRecord(page);
	const { travels } = record as unknown as {
		travels: { step: number; blocks: unknown[]; lengths?: { norms: { followed: number }[] } }[];
	};
	expect(travels.map(({ step, lengths }) => [step, lengths?.norms.length])).toEqual([
		[2, undefined],
		[2, 4],
		[3, undefined],
		[3, undefined]
	]);
	await page.goto(`/lab/${link}&backend=wasm`);
	await waitForStatus(page, 'ready');
	await expect(panel.getByLabel('Paths per length')).toHaveValue('10');
	await openRecord(page, path);
	await waitForStatus(page, 'replay');
	await expect(page.getByText(/^residual-8, step 2: .* paths measured/)).toBeVisible();
});

test('gradients along a line are measured before training, beside noise, saved, and asked for by a link', async ({
	page
}) => {
	await openLab(page, SMALL);
	const panel = await openTab(page, 'Shattered gradients');
	await panel.getByLabel('Points on the line').selectOption('32');
	await panel.getByLabel('Seed of the images').fill('3');
	await panel.getByRole('button', { name: 'Measure along the line' }).click();
	await expect(panel.getByText(/^plain-8, step 0: autocorrelation −?0\.\d\d from/)).toBeVisible();
	await expect(panel.getByText(/^residual-8, step 0: autocorrelation/)).toBeVisible();
	await expect(panel.getByText(/^Noise with 32 points: white −0\.0\d \(lag 1\)/)).toBeVisible();
	await expect(panel.getByRole('img', { name: /^(plain|residual)-8: Slope of/ })).toHaveCount(2);
	await expect(panel.getByRole('img', { name: /noise: an example/ })).toHaveCount(2);
	await expect(
		panel.getByRole('img', { name: /^Autocorrelation .*brown noise: 1: 0\.8\d/ })
	).toBeVisible();
	const axe = await new AxeBuilder({ page }).include('[data-testid=shattered]').analyze();
	expect(axe.violations.map(({ id }) => id)).toEqual([]);
	const link = await experimentLink(page);
	// A record needs a step.
	await stepTo(page, 1);
	const { record, path } = await saveRecord(page);
	const { shattered } = record as unknown as {
		shattered: { step: number; seed: number; slopes: number[]; correlation: number[] }[];
	};
	expect(
		shattered.map(({ step, seed, slopes, correlation }) => [
			...[step, seed, slopes.length, correlation.length]
		])
	).toEqual([
		[0, 3, 32, 17],
		[0, 3, 32, 17]
	]);
	await page.goto(`/lab/${link}&backend=wasm`);
	await waitForStatus(page, 'ready');
	await expect(panel.getByLabel('Points on the line')).toHaveValue('32');
	await expect(panel.getByLabel('Seed of the images')).toHaveValue('3');
	await openRecord(page, path);
	await waitForStatus(page, 'replay');
	await expect(page.getByText(/^residual-8, step 0: autocorrelation/)).toBeVisible();
});

test('a copied link opens the current experiment', async ({ page }) => {
	await openLab(page, SMALL);
	await page.getByRole('switch', { name: /block 1/ }).click();
	await page.goto(`/lab/${await experimentLink(page)}&backend=wasm`);
	await waitForStatus(page, 'ready');
	await expect(page.getByRole('switch', { name: /block 1/ })).not.toBeChecked();
	await expect(page.getByText('2 of 3 shortcuts on')).toBeVisible();
});

test('an option that a network cannot have is refused, and says what it can', async ({ page }) => {
	await openLab(page, '?depth=8&width=4&batch=16&backend=wasm');
	await page.getByRole('button', { name: 'Set-up' }).click();
	await page.getByRole('combobox', { name: 'Kind of residual-8' }).selectOption('ResNeXt');
	const groups = page.getByRole('spinbutton', { name: 'groups' });
	await expect(groups).toHaveValue('8');
	await groups.fill('5');
	await groups.blur();
	await expect(page.getByRole('alert').filter({ hasText: '5' })).toContainText('1, 2, 4');
	await expect(groups).toHaveValue('8');
	await groups.fill('2');
	await groups.blur();
	await expect(page.getByRole('alert').filter({ hasText: '5' })).toHaveCount(0);
});
