/** Without a network, and without asking one for anything that is not ours. */
import { expect, test, type Page } from './test';
import { openLab, run, waitForStatus, waitForStep } from './lab';

/** Addresses outside the app that a page asked for, and what its security policy refused. */
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

test('no page asks for anything from elsewhere, and its policy refuses nothing that it needs', async ({
	page
}) => {
	const found = strayed(page);
	for (const path of [
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
	// It is in force: a script from elsewhere does not run.
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

test.describe('after one visit', () => {
	test.use({ serviceWorkers: 'allow' });

	test('everything works without a network', async ({ page, context }) => {
		await page.goto('/about/');
		await expect(page.getByText('is kept on this machine')).toBeVisible({ timeout: 60_000 });
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
		// As one types it.
		await page.goto('/explore');
		await expect(page).toHaveURL(/\/explore\//);
		await expect(page.getByRole('application').first()).toBeVisible();
	});
});
