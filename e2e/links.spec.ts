/** Links as mail programs, chats and input methods hand them over: each page opens what was meant, and tells what it assumed. */
import { openLab } from './lab';
import { expect, test } from './test';

test('a link that Teams and a Chinese keyboard have been at opens the networks of its writer', async ({
	page
}) => {
	await openLab(
		page,
		'?Preset=Vanishing&amp;depth=１４&amp;seed=3。&utm_source=teams&backend=wasm'
	);
	await expect(page).toHaveURL(/\?preset=vanishing&depth=14&seed=3&backend=wasm$/);
	await expect(page.getByRole('heading', { name: 'plain-14' })).toBeVisible();
	await expect(page.getByRole('alert')).toHaveCount(0);

	await page.goto('/lab/#?preset=vanishing&depth=20&backend=wasm');
	await expect(page).toHaveURL(/\/lab\/\?preset=vanishing&depth=20/);
	await expect(page.getByRole('heading', { name: 'plain-20' })).toBeVisible();

	await page.goto('/explore/?net=ＲｅｓＮｅｔ１８&amp;net=vgg16)');
	await expect(page).toHaveURL(/\?net=resnet-18&net=vgg-16/);
	await expect(page.getByRole('alert')).toHaveCount(0);
});

test('what a link cannot mean is told in the language of the reader', async ({ page }) => {
	await page.goto('/lab/?recording=exploding-20&sed=3&lang=zh');
	await expect(page.getByRole('alert')).toHaveText(/sed=3.*是不是想写 seed/);
	await page.goto('/lessons/?theme=pink&preset=depths');
	const alerts = page.getByRole('alert');
	await expect(alerts).toHaveCount(2);
	await expect(alerts.filter({ hasText: 'preset' })).toContainText('“Lab”');
	await expect(alerts.filter({ hasText: 'theme=pink' })).toContainText('contrast');
	await alerts.first().getByRole('button').click();
	await expect(alerts).toHaveCount(1);
});
