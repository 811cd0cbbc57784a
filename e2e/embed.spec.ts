/** The app inside a page of another site: without its frame, in a small window, without isolation. */
import { expect, test } from './test';

const AROUND = 'http://elsewhere.example/';

test('inside another page the lab has no header, trains, and stays so over a reload', async ({
	page,
	baseURL
}) => {
	const address = `${baseURL}/lab/?preset=degradation&depth=8&width=2&backend=wasm&embed`;
	await page.route(AROUND, (route) =>
		route.fulfill({
			contentType: 'text/html',
			body: `<iframe title="Lab" src="${address}" width="400" height="300"></iframe>`
		})
	);
	await page.goto(AROUND);
	const lab = page.frameLocator('iframe');
	for (const from of ['the start', 'a reload']) {
		await expect(lab.getByRole('link', { name: 'Open in the app' }), from).toBeVisible();
		await expect(lab.getByRole('banner'), from).toBeHidden();
		await lab.getByRole('button', { name: 'One step' }).click();
		await expect(lab.getByTestId('step-counter'), from).toHaveAttribute('data-step', '1');
		await page.frames()[1].evaluate(() => location.reload());
	}
	const whole = await lab.getByRole('link', { name: 'Open in the app' }).getAttribute('href');
	expect(whole).toContain('preset=degradation');
	expect(whole).not.toContain('embed');
});
