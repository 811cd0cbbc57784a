/** The lab's screen: what fits without scrolling, what the address holds, and what survives a visit to another page. */
import { expect, test, type Page } from './test';
import {
	currentStep,
	leaveKept,
	openLab,
	openTab,
	run,
	stepTo,
	waitForStatus,
	waitForStep
} from './lab';

/** In CSS pixels. */
const PROJECTOR = { width: 1280, height: 720 };
const LEAST: Record<string, { width: number; height: number }> = {
	'training-error': { width: 360, height: 200 },
	loss: { width: 180, height: 120 },
	'test-error': { width: 180, height: 120 }
};

interface Seen {
	readonly name: string;
	readonly width: number;
	readonly height: number;
	readonly right: number;
	readonly bottom: number;
}

/** Boxes of all marked pictures, in CSS pixels of the window. */
const seen = (page: Page): Promise<Seen[]> =>
	page.locator('[data-view]').evaluateAll((views) =>
		views.map((view) => {
			const { width, height, right, bottom } = view.getBoundingClientRect();
			return { name: (view as HTMLElement).dataset.view ?? '', width, height, right, bottom };
		})
	);

async function expectWhole(page: Page, count: Record<string, number>): Promise<void> {
	await expect(page.locator('[data-view="test-error"]')).toBeVisible();
	const views = await seen(page);
	for (const [name, of] of Object.entries(count))
		expect(
			views.filter((view) => view.name === name),
			name
		).toHaveLength(of);
	for (const { name, width, height, right, bottom } of views) {
		expect(bottom, `lower end of ${name}`).toBeLessThanOrEqual(PROJECTOR.height);
		expect(right, `right end of ${name}`).toBeLessThanOrEqual(PROJECTOR.width);
		expect(width, `width of ${name}`).toBeGreaterThanOrEqual(LEAST[name]?.width ?? 100);
		expect(height, `height of ${name}`).toBeGreaterThanOrEqual(LEAST[name]?.height ?? 24);
	}
	const smallest = await page.locator('main').evaluate((main) => {
		const sizes = Array.from(main.querySelectorAll('*'), (element) =>
			element.getClientRects().length && element.textContent?.trim()
				? parseFloat(getComputedStyle(element).fontSize)
				: Infinity
		);
		return Math.min(...sizes);
	});
	expect(smallest, 'smallest text').toBeGreaterThanOrEqual(11);
}

const CHARTS = { 'training-error': 1, loss: 1, 'test-error': 1 };

test.describe('with reduced motion', () => {
	test.use({ reducedMotion: 'reduce' });

	for (const lang of ['en', 'zh'])
		test(`two deep networks with all their pictures fit a projector, also while presenting, ${lang}`, async ({
			page
		}) => {
			await page.setViewportSize(PROJECTOR);
			await page.goto(`/lab/?recording=degradation-56&lang=${lang}`);
			const all = { graph: 2, profile: 2, heatmap: 2, ...CHARTS };
			await expectWhole(page, all);
			await page.getByRole('button', { name: lang === 'en' ? 'Present' : '展示' }).click();
			await expect(page.locator('html[data-presenting]')).toHaveCount(1);
			await expectWhole(page, all);
		});

	test('four networks without heatmaps fit a projector', async ({ page }) => {
		await page.setViewportSize(PROJECTOR);
		await page.goto('/lab/?recording=depths-56');
		await expectWhole(page, { graph: 4, profile: 4, heatmap: 0, ...CHARTS });
	});

	test('what is grey says why, to keys and in the menu too', async ({ page }) => {
		await page.setViewportSize(PROJECTOR);
		await page.goto('/lab/?recording=degradation-56');
		const reason = page.getByRole('tooltip');
		for (const [name, why] of [
			['Cut all shortcuts of residual-56', 'This is a recorded run'],
			['Undo', 'Nothing to undo']
		]) {
			const grey = page.getByRole('button', { name, exact: true });
			await expect(grey).toBeDisabled();
			await expect(reason).toHaveCount(0);
			await grey.focus();
			await expect(reason).toHaveText(new RegExp(why));
			await expect(reason).toBeInViewport({ ratio: 1 });
			await expect(grey).toHaveAccessibleDescription(new RegExp(why));
			await grey.blur();
		}
		await openLab(page, '?depth=8&width=4&batch=16&backend=wasm');
		await page.getByRole('button', { name: 'More', exact: true }).click();
		const save = page.getByRole('menuitem', { name: /^Save run/ });
		await page.keyboard.press('ArrowDown');
		await expect(save).toBeFocused();
		await expect(save).toContainText('Train at least one step first.');
		await page.keyboard.press('Enter');
		await expect(save).toBeVisible();
	});

	test('a phone shows all columns at once, curves below, and can enlarge them', async ({
		page
	}) => {
		await page.setViewportSize({ width: 390, height: 844 });
		await page.goto('/lab/?recording=degradation-56');
		await expect(page.locator('[data-view=graph]')).toHaveCount(2);
		const views = await seen(page);
		for (const { name, right } of views) expect(right, name).toBeLessThanOrEqual(390);
		const lowest = (name: string) =>
			Math.max(...views.filter((view) => view.name === name).map(({ bottom }) => bottom));
		expect(lowest('heatmap')).toBeLessThan(lowest('training-error'));
		const large = page.getByRole('button', { name: 'Larger columns' });
		await large.click();
		await expect(large).toHaveAttribute('aria-pressed', 'true');
		expect((await seen(page))[0].width).toBeGreaterThan(390);
	});
});

test('a shallow network fills the width', async ({ page }) => {
	await openLab(page, '?depth=8&width=4&batch=16&backend=wasm');
	const [graph] = await seen(page);
	const canvas = await page.locator('[data-view=graph] canvas').first().boundingBox();
	expect(canvas!.width).toBeGreaterThan(graph.width * 0.9);
	expect((await page.getByRole('switch').last().boundingBox())!.x).toBeGreaterThan(500);
});

test('the address holds what is on the screen, so that a reload opens it again', async ({
	page
}) => {
	await openLab(page, '?depth=8&width=4&batch=16&backend=wasm');
	await page.getByRole('combobox', { name: 'Depth', exact: true }).selectOption('14');
	await waitForStatus(page, 'ready');
	await openTab(page, 'Sweep of settings');
	await expect(page).toHaveURL(/tab=sweep/);
	await page.getByRole('switch', { name: /block 1/ }).click();
	await expect(page.getByRole('switch', { name: /block 1/ })).toHaveAttribute(
		'aria-checked',
		'false'
	);
	await page.reload();
	await waitForStatus(page, 'ready');
	await expect(page.getByRole('heading', { name: 'plain-14' })).toBeVisible();
	await expect(page.getByRole('switch', { name: /block 1/ })).toHaveAttribute(
		'aria-checked',
		'false'
	);
	await expect(page.getByRole('tab', { name: 'Sweep of settings' })).toHaveAttribute(
		'aria-selected',
		'true'
	);
});

test('the run survives a visit to another page and continues where it was', async ({ page }) => {
	await openLab(page, '?depth=8&width=4&batch=16&backend=wasm');
	await stepTo(page, 3);
	const pages = page.getByRole('navigation').first();
	await pages.getByRole('link', { name: 'Explore' }).click();
	await expect(page).toHaveURL(/explore/);
	await pages.getByRole('link', { name: 'Lab' }).click();
	expect(await currentStep(page)).toBe(3);
	await expect(page).toHaveURL(/lab\/\?./);
	await run(page);
	await waitForStep(page, 5);
	await pages.getByRole('link', { name: 'Lessons' }).click();
	await expect(page).toHaveURL(/lessons/);
	await page.goBack();
	const back = await currentStep(page);
	expect(back).toBeGreaterThanOrEqual(5);
	await waitForStep(page, back + 2);
});

test('an unknown tab in the address is reported, with the known ones', async ({ page }) => {
	await page.goto('/lab/?recording=exploding-20&tab=cats');
	await expect(page.getByRole('alert')).toContainText('cats');
	await expect(page.getByRole('alert')).toContainText('sweep');
});

test('the lab offers the last run beside a link, too', async ({ page }) => {
	await openLab(page, '?depth=8&width=4&batch=16&backend=wasm');
	await stepTo(page, 3);
	await leaveKept(page, 3);
	await openLab(page, '?depth=14&width=4&batch=16&backend=wasm');
	const notice = page.getByRole('status').filter({ hasText: 'Your last run' });
	await notice.getByRole('button', { name: 'Continue' }).click();
	await expect.poll(() => currentStep(page)).toBe(3);
});
