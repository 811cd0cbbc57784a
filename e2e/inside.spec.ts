import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Locator, type Page } from './test';
import { currentStep, openLab, openTab, pause, run, saveRecord, stepTo, waitForStep } from './lab';

const panel = (page: Page) => page.getByTestId('inside');
const says = (page: Page) => panel(page).getByTestId('says');

async function openInside(page: Page): Promise<void> {
	await openTab(page, 'Looking inside');
	await expect(says(page)).toBeVisible();
}

/** Predicted probabilities of all classes, one list per lane. */
async function probabilities(page: Page): Promise<number[][]> {
	const values = await panel(page)
		.getByTestId('probability')
		.evaluateAll((cells) => cells.map((cell) => Number((cell as HTMLElement).dataset.value)));
	return [0, 1].map((lane) => values.filter((_, i) => i % 2 === lane));
}

/** The norm written below a feature map. */
async function normOf(map: Locator): Promise<number> {
	const text = (await map.locator('.norm').textContent())!;
	return Number(/‖·‖ = ([\d.]+)/.exec(text)![1]);
}

test('an opened block shows x, F(x) and their sum, with magnitudes that agree', async ({
	page
}) => {
	await openLab(page, '?depth=8&width=4&batch=16&backend=wasm');
	await run(page);
	await waitForStep(page, 30);
	await pause(page);
	await openInside(page);
	await expect(panel(page).getByTestId('inside-step')).toHaveAttribute(
		'data-step',
		String(await currentStep(page))
	);

	await panel(page).getByRole('button', { name: 'Test image 1: Trouser' }).click();
	await expect(panel(page).getByRole('figure').first()).toContainText('Test image 1: Trouser');
	for (const own of await probabilities(page)) {
		expect(own).toHaveLength(10);
		expect(own.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
	}

	// Block 0 of the residual network: x, F(x), F(x) + x and its activation have the same shape.
	const block = panel(page).getByRole('article', { name: 'residual-8' });
	await expect(block.getByTestId('feature-map')).toHaveCount(4);
	const [x, f, sum, y] = await Promise.all(
		[0, 1, 2, 3].map((i) => normOf(block.getByTestId('feature-map').nth(i)))
	);
	const ratio = (await block.getByTestId('block-ratio').textContent())!;
	const [, over, under, quotient] = /= ([\d.]+) \/ ([\d.]+) = ([\d.]+)/.exec(ratio)!.map(Number);
	expect([over, under]).toEqual([f, x]);
	expect(quotient).toBeCloseTo(f / x, 1);
	expect(sum).toBeLessThanOrEqual((f + x) * 1.01); // the triangle inequality
	expect(sum).toBeGreaterThanOrEqual(Math.abs(f - x) * 0.99);
	expect(y, 'ReLU takes away').toBeLessThan(sum);
	await expect(
		panel(page).getByRole('img', { name: /^residual-8: ‖F\(x\)‖ \/ ‖x‖ of each block/ })
	).toHaveAccessibleName(/block0: [\d.]+; block1: [\d.]+; block2: [\d.]+/);

	// A block that changes the shape, and one with a cut shortcut.
	await panel(page).getByRole('combobox', { name: 'Block' }).selectOption('1');
	await expect(block.getByTestId('feature-map')).toHaveCount(5);
	await page.getByRole('switch', { name: /block 1/ }).click();
	await expect(block).toContainText('the shortcut is cut');
	await expect(block.locator('math').first()).toContainText(/F\s*\(x\)\s*\+\s*0\s*·/);
	const maps = block.getByTestId('feature-map');
	expect(await normOf(maps.nth(3)), 'the sum is F(x) alone').toBe(await normOf(maps.nth(2)));

	// After another step the pictures are updated.
	const seen = await says(page).textContent();
	await stepTo(page, (await currentStep(page)) + 1);
	await expect(panel(page).getByTestId('inside-step')).toHaveAttribute(
		'data-step',
		String(await currentStep(page))
	);
	await expect(says(page)).not.toHaveText(seen!);
});

test('any node and the user’s own images can be inspected', async ({ page }) => {
	await openLab(page, '?depth=8&width=4&batch=16&backend=wasm');
	await stepTo(page, 2);
	// The card of a layer in the graph opens its block and node.
	await page.getByRole('application', { name: /residual-8/ }).focus();
	for (let layer = 1; layer <= 5; layer++) await page.keyboard.press('ArrowRight');
	await expect(page.getByTestId('layer-card')).toContainText('Layer 5: block1/conv2');
	await page.getByRole('button', { name: 'Look inside' }).click();
	await expect(says(page)).toBeVisible();
	const node = panel(page).getByRole('combobox', { name: 'Node' });
	await expect(node).toHaveValue('block1/activation');
	await expect(panel(page).getByRole('combobox', { name: 'Block' })).toHaveValue('1');
	await node.selectOption('block1/add');
	await expect(panel(page).getByText('plain-8 has no block1/add.')).toBeVisible();
	await expect(
		panel(page).getByRole('img', { name: /^residual-8, block1\/add, 8×8×8, norm/ })
	).toBeVisible();
	await expect(
		panel(page).getByRole('img', { name: /^residual-8: 4 filters of 3×3×1 weights/ })
	).toBeVisible();

	const before = await probabilities(page);
	const pad = panel(page).getByTestId('drawing');
	await pad.scrollIntoViewIfNeeded();
	const box = (await pad.boundingBox())!;
	await page.mouse.move(box.x + 60, box.y + 40);
	await page.mouse.down();
	await page.mouse.move(box.x + 160, box.y + 180, { steps: 4 });
	await page.mouse.up();
	await expect(panel(page).getByRole('figure').first()).toContainText('Your own image');
	const drawn = await probabilities(page);
	expect(drawn).not.toEqual(before);
	for (const own of drawn) expect(own.reduce((a, b) => a + b)).toBeCloseTo(1, 6);

	const file = panel(page).getByLabel('Choose a picture');
	await file.setInputFiles({
		name: 'notes.txt',
		mimeType: 'text/plain',
		buffer: Buffer.from('no picture')
	});
	await expect(page.getByRole('alert')).toContainText('notes.txt');
	expect(await probabilities(page), 'a bad file loses nothing').toEqual(drawn);
	await file.setInputFiles('docs/lab.png');
	await expect(page.getByRole('alert')).toHaveCount(0);
	await expect.poll(() => probabilities(page)).not.toEqual(drawn);
	const taken = await probabilities(page);
	await panel(page).getByLabel('Swap light and dark').check();
	await expect.poll(() => probabilities(page)).not.toEqual(taken);
	expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);
});

test('a cell of the confusion matrix shows its images, and each image opens inside the networks', async ({
	page
}) => {
	await openLab(page, '?depth=8&width=4&batch=16&backend=wasm');
	await stepTo(page, 2);
	const confusion = await openTab(page, 'Confusion matrix');
	await confusion.getByRole('button', { name: 'Test the networks' }).click();
	const table = confusion.getByRole('table', { name: /residual-8: .* of 500 .* wrong at step 2/ });
	await expect(table).toBeVisible();
	const counts = await table.locator('tbody button').allTextContents();
	expect(
		counts.map(Number).reduce((a, b) => a + b),
		'every image is in one cell'
	).toBe(500);
	await table.locator('tbody button').first().click();
	const images = confusion.getByRole('region').getByRole('button');
	await expect(images).toHaveCount(Math.min(12, Number(counts[0])));

	await confusion.getByRole('button', { name: 'The most confident mistakes' }).first().click();
	const surest = images.first();
	const [, label, wrong, share] = /^\s*(.+), taken for (.+), ([\d.]+%)/.exec(
		(await surest.textContent())!
	)!;
	const results = await new AxeBuilder({ page }).include('[data-testid=confusion]').analyze();
	expect(results.violations).toEqual([]);
	await surest.click();
	await expect(says(page), 'opened, it is as sure as in the list').toContainText(
		`plain-8 says ${wrong}, ${share}`
	);
	await expect(panel(page).getByRole('figure').first()).toContainText(label);
	const evidence = panel(page)
		.getByTestId('evidences')
		.getByRole('img', { name: /^plain-8/ });
	const of = (index: number) => evidence.nth(index).getAttribute('aria-label');
	await expect(evidence, 'a map and a gradient of both classes').toHaveCount(4);
	expect(await Promise.all([0, 1, 2, 3].map(of))).toEqual([
		...[`plain-8: Class activation map for ${wrong}`, expect.stringContaining(` of ${wrong} `)],
		...[`plain-8: Class activation map for ${label}`, expect.stringContaining(` of ${label} `)]
	]);
	await panel(page).getByLabel('Untrained networks too').check();
	await expect(evidence).toHaveCount(8);

	// The address keeps the class that is compared.
	const other = panel(page).getByRole('combobox', { name: 'Predicted class, and' });
	const third = ['Bag', 'Coat', 'Sandal'].find((name) => name !== wrong && name !== label)!;
	await other.selectOption(third);
	await expect.poll(() => of(2)).toBe(`plain-8: Class activation map for ${third}`);
	await page.reload();
	await expect(says(page)).toBeVisible();
	await expect(other.locator('option:checked')).toHaveText(third);
});

test('histograms are counted while their tab is open, drawn, kept in the record, and stop with it', async ({
	page
}) => {
	await openLab(page, '?depth=8&width=4&batch=16&backend=wasm');
	const histograms = await openTab(page, 'Histograms');
	await expect(histograms).toContainText('No histograms yet');
	await run(page);
	await waitForStep(page, 30);
	await pause(page);
	const picture = histograms.getByRole('img', { name: /plain-8: Layer 1 .*middle half/ }).first();
	await expect(picture).toBeVisible();
	await histograms.getByLabel('Histogram of').selectOption({ label: 'layer’s output' });
	await histograms.getByLabel('Over').selectOption({ label: 'layers at one step' });
	await expect(histograms, 'a ReLU leaves zeros').toContainText(/% are zero/);
	const { violations } = await new AxeBuilder({ page }).include('[role=tabpanel]').analyze();
	expect(violations).toEqual([]);

	await openTab(page, 'Findings');
	const last = await currentStep(page);
	await run(page);
	await waitForStep(page, last + 25);
	await pause(page);
	const { record } = await saveRecord(page);
	const steps = record.histograms.map(({ step }) => step);
	expect(steps.slice(0, 4)).toEqual([10, 10, 20, 20]);
	expect(Math.max(...steps), 'none after the tab was left').toBeLessThanOrEqual(last);
});
