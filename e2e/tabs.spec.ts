/** Several tabs on one machine, and stores that disappear: no training is lost without a notice. */
import { expect, test, type Page } from './test';
import {
	choose,
	currentStep,
	leaveKept,
	openLab,
	openTab,
	saveRecord,
	SMALL,
	stepTo,
	waitForStatus
} from './lab';

const openRuns = (page: Page) => choose(page, 'Runs');
const runs = (page: Page) => page.getByRole('region', { name: 'Runs', exact: true });
const items = (page: Page) => runs(page).getByRole('listitem');
const goOn = (page: Page, name: string) =>
	items(page).first().getByRole('button', { name, exact: true }).click();

/** Steps of the kept runs, as the list shows them. */
async function keptSteps(page: Page): Promise<number[]> {
	const texts = await items(page).allInnerTexts();
	return texts.map((text) => Number(/Step (\d+)/.exec(text)![1])).sort((a, b) => a - b);
}

test('a run that one tab has open continues in another as a copy', async ({ page, context }) => {
	await openLab(page, SMALL);
	await stepTo(page, 4);
	const other = await context.newPage();
	await openLab(other, '');
	await expect(other.getByText('Your last run')).toHaveCount(0);
	await openRuns(other);
	await expect(items(other)).toContainText('open in another tab');
	await expect(items(other).getByRole('button', { name: /^Remove/ })).toBeDisabled();
	await goOn(other, 'Continue a copy');
	await expect.poll(() => currentStep(other)).toBe(4);
	await waitForStatus(other, 'ready');
	await stepTo(other, 7);
	await stepTo(page, 9);
	await openRuns(page);
	await expect.poll(() => keptSteps(page)).toEqual([7, 9]);

	// Once the first tab is closed, the run itself can continue.
	await page.close();
	await openRuns(other);
	await expect(items(other)).toHaveCount(2);
	await expect(runs(other).getByText('open in another tab')).toHaveCount(0);
});

test('an outdated list says so when a run is opened from it', async ({ page, context }) => {
	await openLab(page, SMALL);
	await stepTo(page, 2);
	await leaveKept(page, 2);
	await openLab(page, `${SMALL}&seed=2`);
	await openRuns(page);
	const other = await context.newPage();
	await openLab(other, SMALL);
	await openRuns(other);
	await goOn(other, 'Continue');
	await expect.poll(() => currentStep(other)).toBe(2);

	await goOn(page, 'Continue');
	const told = page.getByRole('alert').filter({ hasText: 'Another tab has this run open' });
	await told.getByRole('button', { name: 'Continue a copy' }).click();
	await expect.poll(() => currentStep(page)).toBe(2);
	await waitForStatus(page, 'ready');
	await stepTo(page, 3);
});

test('without Web Locks, a tab whose run another tab has taken over keeps its own copy', async ({
	context
}) => {
	await context.addInitScript(() =>
		Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true })
	);
	const [first, second] = [await context.newPage(), await context.newPage()];
	await openLab(first, SMALL);
	await stepTo(first, 3);
	await openLab(second, SMALL);
	await openRuns(second);
	await goOn(second, 'Continue');
	await expect.poll(() => currentStep(second)).toBe(3);
	await waitForStatus(second, 'ready');
	await stepTo(second, 5);
	await stepTo(first, 8);
	await expect(first.getByText('Another tab continued the same run')).toBeVisible();
	await openRuns(first);
	await expect.poll(() => keptSteps(first)).toEqual([5, 8]);
});

test('a second tab does not start a sweep that is running in the first', async ({
	page,
	context
}) => {
	await openLab(page, SMALL);
	const panel = (tab: Page) => tab.getByRole('tabpanel');
	await openTab(page, 'Sweep of settings');
	await panel(page).getByRole('button', { name: 'Start the sweep' }).click();
	await expect(panel(page).getByRole('button', { name: 'Pause' })).toBeVisible();
	const other = await context.newPage();
	await openLab(other, SMALL);
	await openTab(other, 'Sweep of settings');
	await panel(other).getByRole('button', { name: 'Continue' }).click();
	await expect(panel(other).getByRole('alert')).toContainText('running in another tab');
	await panel(page).getByRole('button', { name: 'Pause' }).click();
	await panel(other).getByRole('button', { name: 'Continue' }).click();
	await expect(panel(other).getByRole('button', { name: 'Pause' })).toBeVisible();
	await expect(panel(other).getByRole('alert')).toHaveCount(0);
});

test('a store deleted during training is created again with the whole run', async ({ page }) => {
	await openLab(page, SMALL);
	await stepTo(page, 3);
	await page.evaluate(async () => {
		for (const { name } of await indexedDB.databases())
			await new Promise((resolve) => {
				indexedDB.deleteDatabase(name!).onsuccess = resolve;
			});
	});
	await stepTo(page, 5);
	await leaveKept(page, 5);
	await openLab(page, '');
	await page.getByRole('button', { name: 'Continue', exact: true }).click();
	await expect.poll(() => currentStep(page)).toBe(5);
	await waitForStatus(page, 'ready');
	expect((await saveRecord(page)).record.steps).toHaveLength(5);
});

for (const [what, words, breakStore] of [
	[
		'is full',
		'the browser has no space left',
		() => {
			IDBObjectStore.prototype.put = () => {
				throw new DOMException('raw words', 'QuotaExceededError');
			};
		}
	],
	[
		'is forbidden',
		'the browser does not let this page store anything',
		() => {
			IDBFactory.prototype.open = () => {
				throw new DOMException('raw words', 'SecurityError');
			};
		}
	],
	[
		'fails',
		'the browser’s storage failed',
		() => {
			IDBDatabase.prototype.transaction = () => {
				throw new DOMException('raw words', 'UnknownError');
			};
		}
	]
] as const)
	test(`a store that ${what} is reported, and the record can be saved`, async ({ page }) => {
		await page.addInitScript(breakStore);
		await openLab(page, SMALL);
		await stepTo(page, 3);
		const notice = page.getByRole('alert').filter({ hasText: 'Runs cannot be saved' });
		await expect(notice).toContainText(words);
		await expect(notice).not.toContainText('..');
		expect((await saveRecord(page)).record.steps).toHaveLength(3);
	});
