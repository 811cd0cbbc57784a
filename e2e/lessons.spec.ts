/** The lessons: their texts and figures, questions, experiments and print. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Locator, type Page } from './test';
import { drawAcross, TRAINED } from './lab';

const violations = async (page: Page) =>
	(await new AxeBuilder({ page }).analyze()).violations.map(({ id, nodes }) => [
		id,
		nodes.map(({ target }) => target.join(' '))
	]);

test('the ten lessons are listed and link from one to the next', async ({ page }) => {
	await page.goto('/lessons/');
	const list = page.getByRole('main').getByRole('listitem');
	await expect(list).toHaveCount(10);
	await list.getByRole('link').first().click();
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('How deep can a network be?');
	await expect(page.locator('article > figure').first().getByRole('application')).toHaveCount(3);
	await page.getByRole('link', { name: /^Next: Vanishing/ }).click();
	await expect(page.getByRole('heading', { level: 1 })).toContainText('Vanishing');
	await page.getByRole('link', { name: /^Previous: / }).click();
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('How deep can a network be?');
});

/** Brings up a figure by focusing a button in it, as the Tab key does. */
async function figure(page: Page, number: number): Promise<Locator> {
	const shown = page.locator('article > figure').nth(number);
	await expect(shown.getByRole('button').first()).toBeEnabled();
	await shown.getByRole('button').first().focus();
	await expect(shown).toHaveCSS('opacity', '1');
	return shown;
}

test('the figure stays beside its text, whole on the screen, until the next figure replaces it', async ({
	page
}) => {
	await page.setViewportSize({ width: 1280, height: 720 });
	await page.goto('/lessons/02-gradients/');
	const figures = page.locator('article > figure');
	await expect(figures).toHaveCount(3);
	const shown = async () =>
		figures.evaluateAll((all) => all.map((each) => getComputedStyle(each).opacity === '1'));
	const whole = async (index: number) => {
		const { y, height, x, width } = (await figures.nth(index).boundingBox())!;
		expect(y).toBeGreaterThanOrEqual(0);
		expect(y + height).toBeLessThanOrEqual(720);
		expect(width / (x + width)).toBeGreaterThan(0.55);
	};
	await expect.poll(shown).toEqual([true, false, false]);
	await whole(0);
	await page.keyboard.press('End');
	await expect.poll(shown, 'at the end of the page').toEqual([false, false, true]);
	await page.keyboard.press('Home');
	await expect.poll(shown).toEqual([true, false, false]);
	await expect(
		figures.first().getByRole('button', { name: 'Run 60 steps' }),
		'its button is on the first screen'
	).toBeInViewport({ ratio: 1 });
	await page
		.getByText('Now the opposite.')
		.evaluate((text) => text.scrollIntoView({ block: 'center' }));
	await expect.poll(shown).toEqual([false, false, true]);
	await whole(2);
	await page
		.getByText('The same measurement')
		.evaluate((text) => text.scrollIntoView({ block: 'center' }));
	await expect.poll(shown).toEqual([false, true, false]);
	// Keyboard focus in another figure brings that figure up.
	await figure(page, 2);
	await expect.poll(shown).toEqual([false, false, true]);
});

test('a question answered below the middle of the window brings its figure up', async ({
	page
}) => {
	await page.goto('/lessons/05-residual/');
	const answer = page.getByRole('radio', { name: 'The plain one' });
	await answer.evaluate((radio) => radio.scrollIntoView({ block: 'end' }));
	const play = page.getByRole('button', { name: 'Play the recording' });
	await expect(page.getByRole('link', { name: 'Open in the explorer' })).toBeInViewport();
	await answer.click();
	await play.click({ trial: true });
});

test('on a phone the figure follows its text', async ({ page }) => {
	await page.setViewportSize({ width: 390, height: 844 });
	await page.goto('/lessons/04-degradation/');
	const question = (await page.getByRole('group', { name: 'Predict first' }).boundingBox())!;
	const { x, y, width } = (await page.locator('article > figure').first().boundingBox())!;
	expect(y).toBeGreaterThan(question.y + question.height);
	expect(x + width).toBeLessThanOrEqual(390);
	const widest = await page.evaluate(() => document.documentElement.scrollWidth);
	expect(widest).toBeLessThanOrEqual(390);
});

test('one button runs the experiment; the prediction survives a reload and appears beside the outcome', async ({
	page
}) => {
	await page.goto('/lessons/03-remedies/?backend=wasm');
	const prediction = page.getByRole('group', { name: 'Predict first' }).nth(1);
	await prediction.getByRole('radio', { name: 'It learns more slowly' }).check();
	await expect(prediction.getByRole('status')).toContainText('Noted.');

	await page.reload();
	await expect(prediction.getByRole('radio', { name: 'It learns more slowly' })).toBeChecked();
	await expect(prediction.getByText('By the last layer')).toHaveCount(0);
	const experiment = await figure(page, 1);
	await experiment.getByRole('button', { name: 'Run 200 steps' }).click();
	const outcome = experiment.getByTestId('outcome');
	await expect(outcome).toContainText('You expected: “It learns more slowly”', TRAINED);
	await expect(outcome).toContainText(/plain-14 \(1\) (8|9)\d\.\d%/);
	await expect(outcome).toContainText(/plain-14 \(2\) [2-6]\d\.\d%/);
	await expect(experiment.getByTestId('step-counter')).toHaveAttribute('data-step', '200');
	await expect(prediction.getByRole('status')).toContainText('Not quite. It does not learn at all');
	await expect(prediction.getByText('By the last layer')).toBeVisible();
	await expect(prediction.getByRole('radio').first()).toBeDisabled();
	expect(await violations(page)).toEqual([]);

	// Training can continue beyond the planned steps.
	await experiment.getByRole('button', { name: 'Keep training' }).click();
	await expect
		.poll(async () =>
			Number(await experiment.getByTestId('step-counter').getAttribute('data-step'))
		)
		.toBeGreaterThan(202);
	await experiment.getByRole('button', { name: 'Pause', exact: true }).click();
	await experiment.getByRole('button', { name: 'Start over' }).click();
	await expect(experiment.getByRole('button', { name: 'Run 200 steps' })).toBeEnabled();
});

test('a study of fresh networks runs from its figure’s button', async ({ page }) => {
	await page.goto('/lessons/02-gradients/?backend=wasm');
	const fresh = await figure(page, 1);
	await fresh.getByRole('button', { name: 'Measure' }).click();
	await expect(fresh.getByRole('img', { name: /First layer|first layer/ }).first()).toBeVisible(
		TRAINED
	);
});

test('a lesson removes blocks of networks it has just trained, and walks the landscape around others', async ({
	page
}) => {
	await page.goto('/lessons/06-identity/?backend=wasm');
	const lesion = await figure(page, 0);
	await lesion.getByRole('button', { name: 'Run 300 steps' }).click();
	await expect(lesion.getByTestId('outcome')).toContainText(
		/Step 300.*plain-20 [\d.]+% → [\d.]+%.*residual-20 [\d.]+% → [\d.]+%/s,
		TRAINED
	);
	await expect(lesion.getByRole('tab', { name: 'Remove blocks' })).toHaveAttribute(
		'aria-selected',
		'true'
	);
	await lesion.getByRole('button', { name: 'Start over' }).click();
	const landscape = await figure(page, 3);
	await landscape.getByRole('button', { name: 'Run 300 steps' }).click();
	await expect(landscape.getByRole('img', { name: /residual-20, step 300: loss/ })).toBeVisible(
		TRAINED
	);
});

test('a question without an experiment is answered at once; a right answer to the check completes the lesson', async ({
	page
}) => {
	await page.goto('/lessons/01-depth/');
	await expect(page.getByText('Lesson 1 of 10 · 0 of 10 done')).toBeVisible();
	await expect(page.getByText('61,100,840')).toHaveCount(0);
	const prediction = page.getByRole('group', { name: 'Predict first' });
	await prediction.getByRole('radio', { name: 'AlexNet, the shallowest' }).check();
	await expect(prediction.getByRole('status')).toContainText('Not quite. AlexNet has 61.1 million');
	await expect(page.getByText('61,100,840')).toBeVisible();
	const check = page.getByRole('group', { name: 'Check' });
	await check.getByRole('radio', { name: 'Yes, the chart shows it' }).check();
	await expect(check.getByRole('status')).toContainText('Not quite.');
	await expect(page.getByText('0 of 10 done')).toBeVisible();
	await check.getByRole('radio', { name: 'The chart cannot tell' }).check();
	await expect(check.getByRole('status')).toContainText('Yes.');
	await expect(page.getByText('Lesson 1 of 10 · 1 of 10 done')).toBeVisible();

	await page.getByRole('link', { name: 'All lessons' }).click();
	await expect(page.getByText('1 of 10 done')).toBeVisible();
	await expect(page.getByRole('main').getByRole('listitem').first()).toContainText('Done');
});

test('the printed lesson has one column, still figures, room to write and no controls', async ({
	page
}) => {
	await page.goto('/lessons/04-degradation/');
	await expect(page.getByRole('heading', { name: 'residual-56', exact: true })).toBeVisible();
	await page.emulateMedia({ media: 'print' });
	await expect(page.getByRole('banner')).toBeHidden();
	await expect(page.getByRole('button', { name: 'Run 100 steps' })).toBeHidden();
	await expect(page.getByRole('link', { name: 'All lessons' })).toBeHidden();
	await expect(page.getByRole('heading', { name: 'residual-56', exact: true })).toBeVisible();
	const check = page.getByRole('group', { name: 'Check' });
	await expect(check.locator('.write')).toBeVisible();
	const text = (await check.boundingBox())!;
	const figure = (await page.locator('article > figure').first().boundingBox())!;
	expect(figure.y + figure.height).toBeLessThanOrEqual(text.y);
});

test('a worksheet has blank axes to draw on, and with solutions the recorded run on the same axes', async ({
	page
}) => {
	await page.goto('/lessons/04-degradation/');
	await page.getByRole('button', { name: 'Print worksheet' }).click();
	const sheet = page.getByTestId('worksheet');
	await expect(
		sheet.getByRole('img', { name: 'Blank axes: Training error: plain-8, plain-56' })
	).toBeVisible();
	await expect(sheet).not.toContainText('64.5%');
	await page.getByRole('checkbox', { name: 'With solutions' }).check();
	await expect(sheet.getByTestId('outcome')).toContainText('plain-56 64.5%');
	await expect(sheet.getByText('The shallow one is far ahead.')).toBeVisible();
	expect(await violations(page)).toEqual([]);
	// A sheet of several pages begins at the top of the first.
	await page.emulateMedia({ media: 'print' });
	await expect.poll(async () => (await sheet.boundingBox())!.y).toBeGreaterThanOrEqual(0);
});

test('every lesson opens in both languages without an error or an accessibility violation', async ({
	page
}) => {
	await page.goto('/lessons/');
	const links = await page
		.getByRole('main')
		.getByRole('link')
		.evaluateAll((all) => all.map((a) => (a as HTMLAnchorElement).href));
	expect(links).toHaveLength(10);
	const heading = page.getByRole('heading', { level: 1 });
	for (const link of links) {
		await page.goto(link);
		await expect(heading).toHaveText(/[a-z]/);
		expect(await violations(page), link).toEqual([]);
		await page.goto(`${link}?lang=zh`);
		await expect(heading).toHaveText(/[一-鿿]/);
		expect(await violations(page), `${link}, zh`).toEqual([]);
	}
});

test('what the reader draws on a figure survives a reload, and the outcome waits for what they saw', async ({
	page
}) => {
	await page.goto('/lessons/04-degradation/');
	const experiment = page.locator('article > figure').first();
	await experiment.getByRole('button', { name: 'Draw what you expect' }).click();
	await drawAcross(page, experiment.locator('[data-view=training-error]'), 40, 80);
	await experiment.getByTestId('prediction').getByRole('button', { name: 'Done' }).click();
	await page.reload();
	await expect(experiment.getByText('Your prediction is drawn as dots.')).toBeVisible();
	await experiment.getByRole('button', { name: 'Play the recording' }).click();
	await page.getByRole('slider', { name: 'Step shown' }).fill('100');
	await expect(experiment.getByText('What did you see?')).toBeVisible();
	await expect(experiment.getByTestId('outcome')).toHaveCount(0);
	await experiment.getByRole('button', { name: 'plain-56' }).click();
	await expect(experiment.getByText('The numbers say otherwise.')).toBeVisible();
	await expect(experiment.getByTestId('outcome')).toBeVisible();
	await expect(experiment.getByText(/You expected a training error of/)).toBeVisible();
});
