/**
 * What a class does first, in Firefox and in WebKit: every page, a small network trained, paused and cut, its record
 * saved and opened again, images brought, and a second visit without the server. Chromium has the tests beside this
 * folder.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { expect, test as base } from '@playwright/test';
import type { BrowserName } from '../../scripts/browsers.mjs';
import { loadModule } from '../../scripts/load.mjs';
import { TRAINED, type SavedRecord } from '../lab';
import { serveApp, type OwnServer } from '../server';
import { Driver } from './driver';

const SMALL = '?lang=en&depth=8&width=4&batch=16&backend=wasm';

interface Shared {
	server: OwnServer;
	driver: Driver;
}

/** Keeps what a page throws and nobody catches: WebDriver tells of none of it. */
const WATCH = `for (const kind of ['error', 'unhandledrejection'])
	addEventListener(kind, ({ error, reason }) => {
		const { message, stack } = error ?? reason ?? {};
		sessionStorage.setItem('thrown', [sessionStorage.getItem('thrown'), location, kind, message, stack].join('\\n'));
	});`;

/** The text of a page, with that script in it and in what its policy allows. */
function watched(url: string): string {
	const hash = createHash('sha256').update(WATCH).digest('base64');
	return readFileSync(join('build', url.split('?')[0], 'index.html'), 'utf8')
		.replace("script-src 'self'", `$& 'sha256-${hash}'`)
		.replace('<head>', `$&<script>${WATCH}</script>`);
}

/** One browser and one server for all tests of a project, as for a visitor who stays. */
const test = base.extend<{ settled: void }, Shared>({
	server: [
		// eslint-disable-next-line no-empty-pattern -- Playwright's way to say that a fixture needs no other
		async ({}, use) => {
			const server = await serveApp(({ url }, response, files) =>
				url?.split('?')[0].endsWith('/') ? response.end(watched(url)) : files()
			);
			await use(server);
			await server.close();
		},
		{ scope: 'worker' }
	],
	driver: [
		// eslint-disable-next-line no-empty-pattern -- as above
		async ({}, use, { project }) => {
			const driver = await Driver.start(project.name as BrowserName);
			console.log(`  in ${driver.version}`);
			await use(driver);
			await driver.close();
		},
		{ scope: 'worker' }
	],
	/** Fails a test in which a page threw. */
	settled: [
		async ({ driver }, use) => {
			await use();
			const thrown = () => location.protocol === 'http:' && sessionStorage.getItem('thrown');
			expect(await driver.evaluate(thrown)).toBeFalsy();
		},
		{ auto: true }
	]
});

const button = (name: string) =>
	`//button[not(@hidden) and (normalize-space()="${name}" or @aria-label="${name}")]`;
const testId = (id: string) => `//*[@data-testid="${id}"]`;

const textOf = (driver: Driver, selector: string) =>
	driver.evaluate((selector) => document.querySelector(selector)?.textContent ?? '', selector);

const attributeOf = (driver: Driver, id: string, name: string) =>
	driver.evaluate(
		(id, name) => document.querySelector(`[data-testid="${id}"]`)?.getAttribute(name) ?? null,
		id,
		name
	);

const search = (driver: Driver) => driver.evaluate(() => decodeURIComponent(location.search));
const status = (driver: Driver) => attributeOf(driver, 'status', 'data-status');
const step = async (driver: Driver) =>
	Number(await attributeOf(driver, 'step-counter', 'data-step'));

/**
 * Opens the lab and waits until its networks stand ready. A browser under automation now and then never starts a worker;
 * the page then says so in words after its time limit, and only then it is opened again.
 */
async function openLab(driver: Driver, address: string): Promise<void> {
	for (let attempt = 1; ; attempt++) {
		await driver.go(address);
		await expect.poll(() => status(driver), TRAINED).toMatch(/ready|failed/);
		if ((await status(driver)) === 'ready') return;
		const told = await textOf(driver, '[role=alert]');
		if (attempt === 3 || !/did not start|no answer within/.test(told))
			throw new Error(`The lab is not ready: ${told}`);
		console.log(`  cold start ${attempt} failed, tried again: ${told}`);
	}
}

async function trainTo(driver: Driver, target: number): Promise<void> {
	await driver.click(button('Run'));
	await expect.poll(() => step(driver)).toBeGreaterThanOrEqual(target);
	await driver.click(button('Pause'));
	await expect.poll(() => status(driver)).toBe('ready');
}

/** Names of the drawings of networks that show nothing. */
function blankCanvases(): (string | null)[] {
	return [...document.querySelectorAll<HTMLElement>('[role=application]')]
		.filter((drawing) => {
			const canvas = drawing.querySelector('canvas')!;
			const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
			return data.every((value) => value === data[0]);
		})
		.map((drawing) => drawing.getAttribute('aria-label'));
}

/** Every page: its address, and a selector of what shows that it is there. */
const PAGES = [
	['', '[role=application] canvas'],
	['explore/', '[role=application] canvas'],
	['lab/?recording=exploding-20', '[data-testid=replay]'],
	['lessons/', 'h1'],
	['lessons/01-depth/', 'h1'],
	['help/', 'h1'],
	['about/', 'h1']
] as const;

async function openPages(driver: Driver, origin: string, lang: string): Promise<void> {
	for (const [path, there] of PAGES) {
		const address = `${origin}/${path}${path.includes('?') ? '&' : '?'}lang=${lang}`;
		await driver.go(address);
		const seen = () =>
			driver.evaluate((there) => {
				const { lang, scrollWidth, clientWidth } = document.documentElement;
				const buttons = [
					...document.querySelectorAll('[data-tour=class] button')
				] as HTMLButtonElement[];
				return {
					lang,
					there: document.querySelector(there) !== null,
					atWork: buttons.every(({ disabled }) => !disabled),
					tooWide: scrollWidth - clientWidth
				};
			}, there);
		await expect.poll(seen, { message: address }).toEqual({
			lang: lang === 'zh' ? 'zh-CN' : lang,
			there: true,
			atWork: true,
			tooWide: 0
		});
		// Nothing is left unpainted.
		await expect.poll(() => driver.evaluate(blankCanvases), { message: address }).toEqual([]);
	}
}

test('every page opens', async ({ driver, server }) => {
	for (const lang of ['en', 'zh']) await openPages(driver, server.origin, lang);
});

test('two networks train, pause, and lose a shortcut; the record goes out and in again', async ({
	driver,
	server
}) => {
	await openLab(driver, `${server.origin}/lab/${SMALL}`);
	await trainTo(driver, 4);
	await driver.click('//button[@role="switch" and contains(@aria-label, "block 1")]');
	const reached = await step(driver);
	await trainTo(driver, reached + 3);

	await driver.click(button('More'));
	await driver.click('//*[@role="menuitem" and normalize-space()="Save run"]');
	// A browser may still be writing it.
	const saved = () => {
		const name = readdirSync(driver.downloads).find((name) => name.endsWith('.json')) ?? '';
		try {
			const path = join(driver.downloads, name);
			return { path, record: JSON.parse(readFileSync(path, 'utf8')) as SavedRecord };
		} catch {
			return null;
		}
	};
	await expect.poll(saved).toBeTruthy();
	const { path, record } = saved()!;
	// With the reasons against wasm, if there are any.
	expect(record.environment).toMatchObject({ backend: 'wasm' });
	expect(record.steps.length).toBe(await step(driver));
	for (const { lanes } of record.steps)
		for (const lane of lanes) expect(Number.isFinite(lane?.loss)).toBe(true);
	expect(record.events.filter(({ kind }) => kind === 'gate')).toMatchObject([{ lane: 1, gate: 0 }]);

	await openLab(driver, `${server.origin}/lab/${SMALL}&seed=2`);
	await driver.type('//input[@type="file" and contains(@accept, ".json")]', path);
	await expect.poll(() => status(driver)).toBe('replay');
	expect(await step(driver)).toBe(record.steps.length);
});

test('images that a class brings are looked at, kept under the same id as everywhere, and learned', async ({
	driver,
	server
}) => {
	const { brought, cifarArchive, DECODERS, jpegOf, picture } =
		await loadModule('data/import/testing.ts');
	const { look, NO_CHOICES } = await loadModule('data/import');
	const pictures: Record<string, Uint8Array> = { 'train/cat/photo.jpg': jpegOf(6) };
	for (const [part, count] of [
		['train', 8],
		['test', 4]
	] as const)
		for (const name of ['cat', 'dog'])
			for (let i = 0; i < count; i++)
				pictures[`${part}/${name}/${i}.png`] = picture(`${part} ${name} ${i}`, 16);
	const brings: Record<string, Uint8Array> = {
		'cifar-10-binary.tar.gz': await cifarArchive(60),
		'pets.zip': zipSync(pictures)
	};
	const folder = mkdtempSync(join(tmpdir(), 'images-'));
	await openLab(driver, `${server.origin}/lab/${SMALL}`);
	await driver.click(button('Set-up'));
	const imageSet = 'select:has(option[value=bring])';
	await driver.evaluate((imageSet) => {
		const choice = document.querySelector<HTMLSelectElement>(imageSet)!;
		choice.value = 'bring';
		choice.dispatchEvent(new Event('change', { bubbles: true }));
	}, imageSet);
	for (const [name, bytes] of Object.entries(brings)) {
		const path = join(folder, name);
		writeFileSync(path, bytes);
		await driver.type(testId('data-files'), path);
		await driver.click(button('Keep these images'));
		const looked = await look(brought([[name, bytes]]), DECODERS, () => {});
		const { card } = await looked.show(NO_CHOICES);
		const used = () =>
			driver.evaluate(
				(imageSet) => document.querySelector<HTMLSelectElement>(imageSet)!.value,
				imageSet
			);
		await expect.poll(used).toBe(card.id);
		await expect.poll(() => status(driver)).toBe('ready');
	}
	rmSync(folder, { recursive: true });
	await trainTo(driver, 2);
});

test('two fingers zoom the drawing of a network, one selects a block', async ({ driver, server }, {
	project
}) => {
	test.skip(
		project.name === 'webkit',
		'WebKitGTK makes a mouse of every finger that WebDriver moves'
	);
	await driver.go(`${server.origin}/explore/?lang=en`);
	await expect.poll(() => search(driver)).toContain('net=resnet-34');
	const [x, y] = await driver.evaluate(() => {
		const box = document.querySelector('canvas')!.getBoundingClientRect();
		return [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)];
	});
	await driver.touch([[x, y + 30]]);
	await expect.poll(() => search(driver)).toContain('at=0');
	expect(await search(driver)).not.toContain('see=');
	await driver.touch(
		[
			[x - 50, y],
			[x - 200, y]
		],
		[
			[x + 50, y],
			[x + 200, y]
		]
	);
	await expect.poll(() => search(driver)).toMatch(/see=-?\d/);
});

test('after one visit everything is there without the server', async ({ driver, server }) => {
	await driver.go(`${server.origin}/about/?lang=en`);
	await expect
		.poll(() => textOf(driver, 'main [role=status]'))
		.toContain('is saved on this machine');
	await server.close();
	await openPages(driver, server.origin, 'en');
	await openLab(driver, `${server.origin}/lab/${SMALL}`);
	await trainTo(driver, 2);
});
