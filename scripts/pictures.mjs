// `npm run pictures`: takes the README's screenshots of the built app.
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import sirv from 'sirv';
import { readArguments } from './arguments.mjs';
import { chromiumLaunch, ensureChromium } from './browser.mjs';
import { BUILT, buildIfStale } from './build.mjs';
import { openPage } from './page.mjs';
import { endOnSignals, ROOT } from './run.mjs';

const HELP = `Usage: npm run pictures

Writes docs/*.png and docs/*.gif, which the README shows, from the built app.`;
const DOCS = join(ROOT, 'docs');
/** Number of frames in the animation, and how long each is shown, in milliseconds. */
const FRAMES = 26;
const DELAY = 160;

const EXPLORE = 'explore/?net=googlenet&net=resnet-34';
const LAB = 'lab/?recording=degradation-56';

/** @typedef {import('@playwright/test').Page} Page */

/** @type {{file: string, path: string, language: string, dark?: boolean, prepare?: (page: Page) => Promise<void>}[]} */
const PICTURES = [
	{ file: 'first.png', path: '', language: 'en', prepare: ask },
	{ file: 'explore.png', path: EXPLORE, language: 'en' },
	{ file: 'lab.png', path: LAB, language: 'en', prepare: atTheEnd },
	{ file: 'lesson.png', path: 'lessons/04-degradation/', language: 'en', prepare: play },
	{ file: 'first-zh.png', path: '', language: 'zh', prepare: ask },
	{ file: 'explore-zh.png', path: EXPLORE, language: 'zh' },
	{ file: 'lab-zh.png', path: LAB, language: 'zh', dark: true, prepare: atTheEnd }
];

endOnSignals();
readArguments(HELP, {}, () => null);
await buildIfStale();
await ensureChromium({ log: console.error });
const files = sirv(BUILT);
const server = createServer((request, response) => files(request, response));
await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
const browser = await chromium.launch(chromiumLaunch());
try {
	for (const { file, path, language, dark, prepare } of PICTURES) {
		const page = await open(path, { language, dark, still: true });
		await prepare?.(page);
		await page.screenshot({ path: join(DOCS, file) });
		await page.close();
		console.log(`docs/${file}`);
	}
	await animate('lab.gif');
} finally {
	await browser.close();
	server.close();
}

/**
 * @param {string} path
 * @param {{language?: string, dark?: boolean, still?: boolean, size?: {width: number, height: number}}} options
 */
async function open(path, { language = 'en', dark, still, size = { width: 1280, height: 720 } }) {
	const page = await browser.newPage({
		viewport: size,
		locale: language,
		colorScheme: dark ? 'dark' : 'light',
		reducedMotion: still ? 'reduce' : 'no-preference',
		serviceWorkers: 'block'
	});
	await page.addInitScript(() => localStorage.setItem('toured', 'yes'));
	await page.goto(`http://127.0.0.1:${port}/${path}`);
	await page.waitForTimeout(1500);
	return page;
}

/**
 * Waits for the first page's question, at which the film stops.
 * @param {Page} page
 */
async function ask(page) {
	await page.locator('[data-testid=film][data-step="4"]').waitFor();
	await page.waitForTimeout(500);
}

/**
 * Makes a lesson's first prediction and plays its recording to the end.
 * @param {Page} page
 */
async function play(page) {
	await page.locator('article fieldset').first().getByRole('radio').nth(1).check();
	await page.locator('article > figure button:has(.lucide-film)').first().click();
	await page.getByTestId('outcome').waitFor();
	await page.waitForTimeout(500);
}

/**
 * Waits until the lab shows the end of a recorded run.
 * @param {Page} page
 */
async function atTheEnd(page) {
	await page.getByTestId('replay').waitFor();
	await page.waitForTimeout(500);
}

/**
 * Films a recorded run while it plays.
 * @param {string} file
 */
async function animate(file) {
	const encoder = await openPage('/scripts/pictures-page.ts', 'finish');
	const page = await open(LAB, { size: { width: 1024, height: 640 } });
	await page.getByTestId('replay').waitFor();
	try {
		for (let i = 0; i < FRAMES; i++) {
			const png = await page.screenshot();
			await encoder.call('addFrame', png.toString('base64'), i === FRAMES - 1 ? 2000 : DELAY);
			await page.waitForTimeout(1000);
		}
		writeFileSync(join(DOCS, file), Buffer.from(await encoder.call('finish'), 'base64'));
		console.log(`docs/${file}`);
	} finally {
		await encoder.close();
	}
}
