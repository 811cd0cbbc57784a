/**
 * The built app as visitors get it, with its service worker: first and second visits, reloads, addresses without their
 * slash, and a newcomer's walk through the whole app.
 */
import { expect, test, withServiceWorker, type Page } from './test';
import { currentStep, pause, run, waitForStatus, waitForStep } from './lab';
import { serveApp, type OwnServer } from './server';

test.use(withServiceWorker);

const graph = (page: Page) => page.getByRole('application').first();
const heading = (page: Page) => page.getByRole('heading', { level: 1 });

/** Every page: its address, and what shows that it has loaded. */
const PAGES = [
	['/', heading],
	['/explore/', graph],
	['/lab/?recording=exploding-20', (page: Page) => page.getByTestId('replay')],
	['/lessons/', heading],
	['/lessons/01-depth/', heading],
	['/help/', heading],
	['/about/', heading]
] as const;

/** Waits until the service worker has cached the app and answers requests. */
const whenKept = (page: Page) =>
	page.waitForFunction(() => navigator.serviceWorker.controller !== null);

test('the first page opens again after a reload', async ({ page }) => {
	await page.goto('/');
	await expect(graph(page)).toBeVisible();
	await whenKept(page);
	await page.reload();
	await expect(graph(page)).toBeVisible();
	await page.goto('about:blank');
	await page.goBack();
	await expect(graph(page)).toBeVisible();
});

test('every page opens again after a reload, and from an address without the slash', async ({
	page,
	context
}) => {
	await page.goto('/about/');
	await whenKept(page);
	// The second visit, online and offline.
	for (const offline of [false, true]) {
		await context.setOffline(offline);
		for (const [address, there] of PAGES) {
			const [path, query] = address.split('?');
			const typed = (path.slice(0, -1) || '/') + (query ? `?${query}` : '?lang=en');
			await page.goto(typed);
			await expect(there(page), typed).toBeVisible();
			expect(new URL(page.url()).pathname).toBe(path);
			await page.reload();
			await expect(there(page), `${typed}, reloaded`).toBeVisible();
			expect(new URL(page.url()).pathname).toBe(path);
		}
	}
	await context.setOffline(false);
	await page.goto('/lab?preset=vanishing&depth=8&backend=wasm#notes');
	await waitForStatus(page, 'ready');
	await expect(page.getByRole('combobox', { name: 'Experiment' })).toHaveValue('vanishing');
	expect(page.url()).toMatch(/\/lab\/\?preset=vanishing&depth=8&seed=1&backend=wasm#notes$/);
});

test('on a first visit, before the service worker is active, an address without the slash gets one', async ({
	page
}) => {
	const seen = await page.request.get('/explore?net=alexnet', { maxRedirects: 0 });
	expect(seen.headers().location).toBe('/explore/?net=alexnet');
	await page.goto('/explore?net=alexnet');
	await expect(page.getByText('61,100,840 parameters')).toBeVisible();
	await expect(page).toHaveURL(/\/explore\/\?net=alexnet/);
});

test('links lead to addresses that end with a slash', async ({ page }) => {
	for (const [address, there] of PAGES) {
		await page.goto(address);
		await expect(there(page)).toBeVisible();
		const paths = await page
			.locator('a[href]')
			.evaluateAll((links) =>
				(links as HTMLAnchorElement[])
					.filter(({ origin }) => origin === location.origin)
					.map(({ pathname }) => pathname)
			);
		expect(paths.length).toBeGreaterThan(4);
		expect(
			paths.filter((path) => !path.endsWith('/')),
			address
		).toEqual([]);
	}
});

test.describe('two copies of the app on one host', () => {
	let server: OwnServer;
	test.beforeAll(async () => {
		server = await serveApp((request, _, files) => {
			// /one/… and /two/… serve the same files.
			request.url = request.url!.replace(/^\/(one|two)(?=\/)/, '');
			files();
		});
	});
	test.afterAll(() => server.close());

	test('keep separate caches, and both work offline', async ({ page, context }) => {
		const { origin } = server;
		// Another app's cache under the name that earlier versions shared.
		await page.goto(`${origin}/one/about/`);
		await page.evaluate(async () => {
			const cache = await caches.open('files');
			await cache.put('/elsewhere/file', new Response('theirs'));
		});
		for (const copy of ['one', 'two']) {
			await page.goto(`${origin}/${copy}/about/`);
			await whenKept(page);
		}
		const names = await page.evaluate(() => caches.keys());
		expect(names.sort()).toEqual([
			'files',
			`residual-explorer ${origin}/one/`,
			`residual-explorer ${origin}/two/`
		]);
		await context.setOffline(true);
		for (const copy of ['one', 'two']) {
			await page.goto(`${origin}/${copy}/explore?net=alexnet`);
			await expect(page.getByText('61,100,840 parameters')).toBeVisible();
		}
		await context.setOffline(false);
		// Files removed from the cache are fetched again with the next page.
		await page.evaluate((name) => caches.delete(name), names[1]);
		await page.goto(`${origin}/one/about/`);
		await page.waitForFunction(
			async (name) => (await (await caches.open(name)).keys()).length > 50,
			`residual-explorer ${origin}/one/`
		);
	});
});

test('a newcomer walks through the whole app', async ({ page, context }) => {
	await context.grantPermissions(['clipboard-read', 'clipboard-write']);
	await test.step('from the first page to the explorer', async () => {
		await page.goto('/');
		await page.getByRole('link', { name: 'Explore the networks' }).click();
		await expect(graph(page)).toBeVisible();
		await expect(page.getByText('21,797,672 parameters')).toBeVisible();
	});
	await test.step('from a drawing to the lab', async () => {
		await page.getByRole('link', { name: 'Train in the lab' }).click();
		await expect(page).toHaveURL(/\/lab\/\?/);
		await waitForStatus(page, 'ready');
	});
	await test.step('at a depth that any machine can train', async () => {
		await page.getByRole('combobox', { name: 'Depth', exact: true }).selectOption('8');
		await waitForStatus(page, 'ready');
	});
	await test.step('a run with a shortcut cut in the middle', async () => {
		await run(page);
		await waitForStep(page, 6);
		await page.getByRole('switch', { name: /block 1/ }).click();
		await waitForStep(page, 10);
		await pause(page);
		await expect(page.getByRole('switch', { name: /block 1/ })).not.toBeChecked();
	});
	const reached = await currentStep(page);
	await test.step('a reload loses nothing: the run continues where it was', async () => {
		await page.reload();
		const notice = page.getByRole('status').filter({ hasText: 'Your last run' });
		await notice.getByRole('button', { name: 'Continue' }).click();
		await waitForStatus(page, 'ready');
		expect(await currentStep(page)).toBe(reached);
		await expect(page.getByRole('switch', { name: /block 1/ })).not.toBeChecked();
		await run(page);
		await waitForStep(page, reached + 3);
		await pause(page);
	});
	await test.step('a lesson, with a prediction', async () => {
		await page.getByRole('link', { name: 'Lessons', exact: true }).click();
		await page.getByRole('main').getByRole('listitem').getByRole('link').first().click();
		await expect(heading(page)).toHaveText('How deep can a network be?');
		await page.getByRole('radio').first().check();
		await expect(page.getByText('Not quite. AlexNet has')).toBeVisible();
	});
	await test.step('a shared link opens the same state', async () => {
		await page.getByRole('link', { name: 'Explore', exact: true }).click();
		const first = page.getByLabel('Network 1');
		await first.fill('googlenet');
		await first.press('Enter');
		await expect(page.getByText('6,998,552 parameters')).toBeVisible();
		await page.getByRole('button', { name: 'Share', exact: true }).click();
		const box = page.getByRole('dialog', { name: 'Share' });
		await box.getByRole('button', { name: 'Copy' }).first().click();
		await expect(box.getByText('Copied.')).toBeVisible();
		const link = await page.evaluate(() => navigator.clipboard.readText());
		expect(new URL(link).pathname).toBe('/explore/');
		const other = await context.newPage();
		await other.goto(link);
		await expect(other.getByText('6,998,552 parameters')).toBeVisible();
		await other.close();
	});
});
