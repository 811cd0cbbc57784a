/**
 * Compares screenshots of the settled pages, so that no layout breaks unnoticed. Skipped on a machine whose fonts differ
 * from those in the stored pictures. `npm run test:e2e -- pixels --update-snapshots` takes new ones.
 */
import { expect, test, type Page } from './test';

/** Width of `SAMPLE` in CSS pixels, in the app's font at 100 px, on the machine of the pictures (DejaVu, WenQuanYi). */
const SAMPLE = 'Residual 残差';
const WIDTH = 654;
/** Fraction of pixels that may differ: enough for antialiasing, too little for anything that moves. */
const TOLERANCE = 0.01;

const projector = { width: 1280, height: 720 };
const large = { width: 1920, height: 1080 };
const phone = { width: 390, height: 844 };
const LOOKS = [
	{ name: 'first', path: '/', size: projector },
	{ name: 'first-zh-phone', path: '/?lang=zh&theme=dark', size: phone },
	{ name: 'explore', path: '/explore/?net=googlenet&net=resnet-34', size: projector },
	{ name: 'walk-zh', path: '/explore/?walk=5&lang=zh&theme=dark', size: large },
	{ name: 'lab', path: '/lab/?recording=degradation-56', size: projector },
	{ name: 'lab-four', path: '/lab/?recording=depths-56&theme=contrast', size: projector },
	{ name: 'lab-zh-phone', path: '/lab/?recording=degradation-56&lang=zh&theme=dark', size: phone },
	{ name: 'lab-large', path: '/lab/?recording=switching-20&theme=dark', size: large },
	{ name: 'lessons', path: '/lessons/', size: projector },
	{ name: 'lesson', path: '/lessons/04-degradation/', size: projector },
	{ name: 'lesson-zh-phone', path: '/lessons/05-residual/?lang=zh', size: phone },
	{ name: 'help', path: '/help/', size: projector },
	{ name: 'about', path: '/about/', size: projector }
];

const sampleWidth = (page: Page) =>
	page.evaluate((text) => {
		const sample = document.createElement('span');
		sample.textContent = text;
		sample.style.cssText = 'position:absolute;font:100px var(--font);white-space:nowrap';
		document.body.append(sample);
		const { width } = sample.getBoundingClientRect();
		sample.remove();
		return Math.round(width);
	}, SAMPLE);

// The pages write times in the local time zone.
test.use({ reducedMotion: 'reduce', timezoneId: 'UTC' });

for (const { name, path, size } of LOOKS)
	test(`${name} looks like its stored picture`, async ({ page }) => {
		await page.addInitScript(() => localStorage.setItem('toured', 'yes'));
		await page.setViewportSize(size);
		await page.goto(path);
		await expect(page.getByRole('button', { name: /^(Share|分享)$/ })).toBeEnabled();
		const width = await sampleWidth(page);
		test.skip(width !== WIDTH, `text is ${width} px wide here, not ${WIDTH}: the fonts differ`);
		if (path.includes('recording')) await expect(page.getByTestId('replay')).toBeVisible();
		await page.waitForLoadState('networkidle');
		await expect(page).toHaveScreenshot(`${name}.png`, { maxDiffPixelRatio: TOLERANCE });
	});
