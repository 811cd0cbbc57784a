/** Parts that never start: the lab stops waiting and offers a way on. */
import { expect, test } from './test';
import { run, SMALL, stepTo, waitForStatus, waitForStep } from './lab';
import { serveApp } from './server';

test('a training worker that never starts is retried, then reported, and can be started by hand', async ({
	page
}) => {
	await page.clock.install();
	let asked = 0;
	await page.route('**/worker-*.js', () => void asked++); // Never answered.
	await page.goto(`/lab/${SMALL}`);
	// The page says “starting” before its scripts run: only a request shows that the wait began.
	await expect.poll(() => asked).toBeGreaterThan(0);
	await waitForStatus(page, 'starting');
	const atFirst = asked;
	await page.clock.runFor(31_000);
	await expect(page.getByText('The lab started again.')).toBeVisible();
	await expect.poll(() => asked).toBeGreaterThan(atFirst);
	await page.clock.runFor(31_000);
	await waitForStatus(page, 'failed');
	await expect(page.getByRole('alert').filter({ hasText: 'Training cannot start' })).toContainText(
		'nothing came for 30 s'
	);
	await page.unroute('**/worker-*.js');
	await page.clock.resume();
	await page.getByRole('button', { name: 'Start again at step 0' }).click();
	await waitForStatus(page, 'ready');
	await stepTo(page, 2);
});

test('the lab continues without threads that never start', async ({ page }) => {
	// `page.route` does not see the workers of a worker.
	let asked = 0;
	const server = await serveApp((request, _, files) => {
		if (request.url!.includes('/thread-')) asked++;
		else files();
	});
	try {
		await page.goto(`${server.origin}/lab/${SMALL}`);
		await waitForStatus(page, 'ready');
		expect(asked).toBe(2);
		await run(page);
		await waitForStep(page, 3);
	} finally {
		await server.close();
	}
});

test('images that never arrive are reported and can be fetched again', async ({ page }) => {
	await page.route('**/data/fashion-mnist/train-0*', () => {}); // Never answered.
	await page.goto(`/lab/${SMALL}`);
	await waitForStatus(page, 'ready');
	await run(page);
	const alert = page.getByRole('alert').filter({ hasText: 'train-0' });
	await expect(alert).toBeVisible();
	await page.unroute('**/data/fashion-mnist/train-0*');
	await alert.getByRole('button', { name: 'Load it again' }).click();
	await waitForStep(page, 2);
});
