/** The app works offline and makes no requests to other hosts. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, withServiceWorker, type Page } from './test';
import { openLab, run, waitForStatus, waitForStep } from './lab';

test.use(withServiceWorker);

/** Requests of a page to addresses outside the app, and violations of its content security policy. */
function strayed(page: Page): string[] {
	const found: string[] = [];
	page.on('request', (request) => {
		const url = new URL(request.url());
		const own = url.hostname === 'localhost' || ['data:', 'blob:'].includes(url.protocol);
		if (!own) found.push(request.url());
	});
	page.on('console', (message) => {
		if (/content security policy/i.test(message.text())) found.push(message.text());
	});
	return found;
}

test('no page makes requests to other hosts or violates its content security policy', async ({
	page
}) => {
	const found = strayed(page);
	for (const path of [
		'',
		'explore/',
		'lessons/',
		'lessons/01-depth/',
		'about/',
		'lab/?recording=exploding-20'
	]) {
		await page.goto(`/${path}`);
		await expect(page.getByRole('main')).toBeVisible();
		await page.waitForTimeout(300);
	}
	await openLab(page, '?depth=8&backend=wasm');
	await run(page);
	await waitForStep(page, 5);
	await page.getByRole('button', { name: 'Share', exact: true }).click();
	await expect(page.getByRole('img', { name: 'The link as a QR code' })).toBeVisible();
	expect(found).toEqual([]);
	const policy = page.locator('meta[http-equiv=content-security-policy]');
	expect(await policy.getAttribute('content')).toContain("default-src 'none'");
	// The policy is in force: a script from another host does not run.
	const ran = await page.evaluate(
		() =>
			new Promise((resolve) => {
				const script = document.createElement('script');
				script.src = 'http://example.invalid/x.js';
				document.addEventListener('securitypolicyviolation', (event) => resolve(event.blockedURI));
				script.onload = () => resolve('ran');
				document.head.append(script);
			})
	);
	expect(ran).toBe('http://example.invalid/x.js');
});

test('after one visit everything works offline', async ({ page, context }) => {
	await page.goto('/about/');
	await expect(page.getByText('is saved on this machine')).toBeVisible();
	await context.setOffline(true);

	await openLab(page, '?depth=8&backend=wasm');
	await run(page);
	await waitForStep(page, 5);
	await page.getByRole('button', { name: 'Pause', exact: true }).click();
	await waitForStatus(page, 'ready');

	await page.goto('/lab/?recording=exploding-20');
	await expect(page.getByTestId('replay')).toContainText('Recorded');
	await page.goto('/lessons/01-depth/?lang=zh');
	await expect(page.getByRole('heading', { level: 1 })).toHaveText(/深/);
	// The address as people type it.
	await page.goto('/explore');
	await expect(page).toHaveURL(/\/explore\//);
	await expect(page.getByRole('application').first()).toBeVisible();
});

test('the app can be installed: its manifest has a name, icons and a start page', async ({
	page,
	request
}) => {
	await page.goto('/lessons/');
	const href = await page.locator('link[rel=manifest]').getAttribute('href');
	const url = new URL(href!, page.url()).href;
	const manifest = await (await request.get(url)).json();
	expect(manifest).toMatchObject({ name: 'Residual Explorer', display: 'standalone' });
	for (const { src } of manifest.icons)
		expect((await request.get(new URL(src, url).href)).headers()['content-type']).toBe('image/png');
	expect((await request.get(new URL(manifest.start_url, url).href)).status()).toBe(200);
});

test.describe('packed for a USB stick', () => {
	let folder: string;
	test.beforeAll(() => {
		folder = mkdtempSync(join(tmpdir(), 'pack-'));
		execFileSync(process.execPath, ['scripts/pack.mjs', '--out', folder]);
	});
	test.afterAll(() => rmSync(folder, { recursive: true }));

	const SERVERS = [
		['Node', process.execPath, 'serve.mjs'],
		['Python', 'python3', 'serve.py']
	] as const;
	for (const [name, program, file] of SERVERS)
		test(`the one-file server in ${name} serves the whole app`, async ({ page }) => {
			test.skip(spawnSync(program, ['--version']).status !== 0, `${name} is not installed`);
			const server = spawn(program, [join(folder, 'residual-explorer', file)]);
			try {
				const address = await new Promise<string>((resolve, reject) => {
					server.stdout.on('data', (text) => {
						const found = /http:\S+/.exec(String(text));
						if (found) resolve(found[0]);
					});
					server.stderr.on('data', (text) => reject(new Error(String(text))));
				});
				await page.goto(`${address}explore`);
				// The page appends its state to the address.
				await expect(page).toHaveURL((url) => url.pathname === '/explore/');
				await expect(page.getByRole('application').first()).toBeVisible();
				expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
				await page.goto(`${address}lab/?depth=8&backend=wasm`);
				await waitForStatus(page, 'ready');
				await run(page);
				await waitForStep(page, 3);
				const outside = await page.request.get(`${address}..%2f..%2fserve.py`);
				expect(outside.status()).toBe(404);
			} finally {
				server.kill();
			}
		});
});
