/** The app inside a page of another site: without its frame, in a small window, without isolation. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from './test';

/** Serves a page of another site than the app's `localhost`, with one frame in it. */
function siteAround(address: string) {
	const site = createServer((_, response) => {
		response.setHeader('Content-Type', 'text/html');
		response.end(`<iframe title="Lab" src="${address}" width="400" height="300"></iframe>`);
	});
	return new Promise<{ url: string; close(): void }>((resolve) =>
		site.listen(0, '127.0.0.1', () => {
			const { port } = site.address() as AddressInfo;
			resolve({ url: `http://127.0.0.1:${port}/`, close: () => void site.close() });
		})
	);
}

test('inside another page the lab has no header, trains, and stays so over a reload', async ({
	page,
	baseURL
}) => {
	const address = `${baseURL}/lab/?preset=degradation&depth=8&width=2&backend=wasm&embed`;
	const around = await siteAround(address);
	await page.goto(around.url);
	const lab = page.frameLocator('iframe');
	for (const from of ['the start', 'a reload']) {
		await expect(lab.getByRole('link', { name: 'Open in the app' }), from).toBeVisible();
		await expect(lab.getByRole('banner'), from).toBeHidden();
		await lab.getByRole('button', { name: 'One step' }).click();
		await expect(lab.getByTestId('step-counter'), from).toHaveAttribute('data-step', '1');
		await page.frames()[1].evaluate(() => location.reload());
	}
	const whole = await lab.getByRole('link', { name: 'Open in the app' }).getAttribute('href');
	expect(whole).toMatch(/\/lab\/\?experiment=/);
	expect(whole).not.toContain('embed');
	around.close();
});
