/** One training step in slow motion: its stops, the two terms at a block, and what links and records keep of it. */
import AxeBuilder from '@axe-core/playwright';
import type { Locator } from '@playwright/test';
import {
	experimentLink,
	openLab,
	openRecord,
	openTab,
	saveRecord,
	SMALL,
	stepTo,
	waitForStatus,
	waitForStep
} from './lab';
import { expect, test } from './test';

/** The printed numbers of `(a + b) × 10ⁿ = c × 10ⁿ`, before the power. */
async function numbersOf(sum: Locator): Promise<number[]> {
	const text = (await sum.innerText()).replaceAll('−', '-').replaceAll(/× 10[⁻⁰-⁹¹²³]+/g, '');
	return text.match(/-?\d+(\.\d+)?/g)!.map(Number);
}

test('a step is taken apart node by node, asked for by a link, and its norms are saved', async ({
	page
}) => {
	await openLab(page, SMALL);
	await stepTo(page, 1);
	const panel = await openTab(page, 'Slow motion');
	await panel.getByRole('button', { name: 'Take the next step apart' }).click();
	const stop = panel.getByTestId('step-stop');
	await expect(stop).toHaveText(/^Forward: input \(stop 1 of \d+\)$/);
	await expect(panel.getByText(/^residual-8, step 2: the loss of the batch is/)).toBeVisible();
	await panel.getByRole('button', { name: 'One on' }).click();
	await expect(stop).toContainText('Forward: stem');
	await expect(panel.getByTestId('feature-map')).toHaveCount(1);

	await panel.getByRole('button', { name: 'The loss' }).click();
	await expect(panel.getByRole('row')).toHaveCount(11);

	await panel.getByRole('button', { name: 'Backward' }).click();
	await panel.getByLabel('Node').selectOption('block0/conv2');
	await expect(stop).toContainText('Backward: block0/conv2');
	for (const [where, place] of [
		['panel', panel],
		['graph', page.locator('[data-view=graph]').nth(1)]
	] as const)
		await expect(place.getByTestId('step-place'), where).toHaveAttribute(
			'data-node',
			'block0/conv2'
		);
	const rule = panel.getByTestId('chain-rule');
	await expect(rule).toContainText('∂L/∂x = ∂L/∂a · 1 + ∂L/∂a · ∂F/∂x');
	await rule.getByLabel('row').fill('7');
	await rule.getByLabel('column').fill('9');
	const [shortcut, branch, sum] = await numbersOf(rule.getByTestId('chain-sum'));
	expect(shortcut + branch).toBeCloseTo(sum, 8);
	await rule.getByRole('button', { name: 'Largest value' }).click();
	expect((await numbersOf(rule.getByTestId('chain-sum')))[2]).not.toBe(0);
	await rule
		.getByTestId('pixel-map')
		.first()
		.getByRole('img')
		.click({ position: { x: 2, y: 2 } });
	await expect(rule.getByLabel('row')).toHaveValue('0');
	const axe = await new AxeBuilder({ page }).include('[data-testid=step]').analyze();
	expect(axe.violations.map(({ id }) => id)).toEqual([]);

	const link = await experimentLink(page);
	await panel.getByLabel('Stop of the step').press('End');
	await expect(stop).toContainText('Update: dense');
	const [w, change, next] = await numbersOf(panel.getByTestId('weight'));
	expect(w + change).toBeCloseTo(next, 6);
	await expect(page.getByTestId('step-counter')).toHaveAttribute('data-step', '1');
	await panel.getByRole('button', { name: 'Make this step' }).click();
	await waitForStep(page, 2);
	await expect(panel.getByText(/^residual-8, step 3: the loss of the batch is/)).toBeVisible();

	const { record, path } = await saveRecord(page);
	const { slowSteps, steps } = record as unknown as {
		slowSteps: { step: number; lane: number; loss: number; values?: object }[];
		steps: { lanes: { loss: number }[] }[];
	};
	expect(slowSteps.map(({ step, lane, values }) => [step, lane, values])).toEqual([
		[1, 0, undefined],
		[1, 1, undefined],
		[2, 0, undefined],
		[2, 1, undefined]
	]);
	// What was taken apart is what training then did.
	expect(slowSteps[1].loss).toBeCloseTo(steps[1].lanes[1].loss, 3);
	await page.goto(`/lab/${link}&backend=wasm`);
	await waitForStatus(page, 'ready');
	await panel.getByRole('button', { name: 'Take the next step apart' }).click();
	await expect(stop).toContainText('Backward: block0/conv2');
	await openRecord(page, path);
	await waitForStatus(page, 'replay');
	await expect(panel.getByText(/A record keeps the norms alone/)).toBeVisible();
});
