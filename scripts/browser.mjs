// Finds a Chromium for tests and command-line tools, or installs one, and says how to launch it.
// Needs Node's built-in modules only, so that it can run before anything is installed.
import { execFileSync } from 'node:child_process';
import { accessSync, constants, readFileSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { aptInstall, asRoot, linuxDistribution, runs } from './system.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

const ARGS = ['--no-sandbox', '--enable-unsafe-webgpu', '--disable-background-networking'];

/** WebGPU and WebGL on the software adapter, the same on every machine, with or without a graphics card. */
const SOFTWARE_ARGS = [
	'--enable-unsafe-swiftshader',
	'--use-webgpu-adapter=swiftshader',
	'--enable-features=Vulkan'
];

/** Arguments for the graphics card, also on a machine without a desktop, because nothing is drawn to a window. */
const CARD_ARGS = [
	'--headless=new',
	'--ignore-gpu-blocklist',
	...(process.platform === 'linux'
		? ['--use-angle=vulkan', '--enable-features=Vulkan,WebGPU', '--disable-vulkan-surface']
		: [])
];

const ADVICE =
	'Install Chromium or Google Chrome, or set CHROMIUM_PATH to the executable of one, and try again.';

/**
 * Path of the Chromium to use: `CHROMIUM_PATH`, else one of the system's, else Playwright's own.
 * @returns {string | null}
 * @throws {Error} when `CHROMIUM_PATH` is set and names no executable file
 */
export function findChromium() {
	const wanted = process.env.CHROMIUM_PATH;
	if (wanted) {
		if (!isExecutable(wanted))
			throw new Error(
				`CHROMIUM_PATH is ${wanted}, which is no executable file. Correct it or unset it.`
			);
		return wanted;
	}
	return systemChromium() ?? playwrightChromium();
}

/**
 * What Playwright's `launchOptions` need. `executablePath` is undefined when there is no Chromium, so
 * that a configuration can be read without one; the launch then fails with Playwright's own message.
 * @param {object} [options]
 * @param {boolean} [options.gpu] compute on the machine's graphics card, not on the software adapter
 * @returns {{executablePath: string | undefined, args: string[], ignoreDefaultArgs?: string[]}}
 */
export function chromiumLaunch({ gpu = false } = {}) {
	let executablePath;
	try {
		executablePath = findChromium() ?? undefined;
	} catch {
		executablePath = process.env.CHROMIUM_PATH;
	}
	if (!gpu) return { executablePath, args: [...ARGS, ...SOFTWARE_ARGS] };
	return {
		executablePath,
		args: [...ARGS, ...CARD_ARGS],
		// Playwright's own, which would let the software adapter step in.
		ignoreDefaultArgs: ['--enable-unsafe-swiftshader']
	};
}

/**
 * Finds a Chromium, or installs one: by apt on Debian, by Playwright elsewhere.
 * @returns {Promise<string>} its path
 * @throws {Error} saying what to do when there is none and none can be installed
 */
export async function ensureChromium({ log = console.log } = {}) {
	let found = findChromium();
	if (!found) {
		const distribution = linuxDistribution();
		log('No Chromium found; installing one.');
		if (distribution === 'debian') aptInstall(['chromium', 'fonts-wqy-microhei']);
		found = findChromium();
		if (!found) {
			// Ubuntu's own package is a stub that asks for snap, so Playwright brings the browser there.
			const withDependencies = distribution !== null && asRoot() !== null;
			playwrightInstall(withDependencies);
			found = findChromium();
		}
		if (!found) throw new Error(`No Chromium was found and none could be installed. ${ADVICE}`);
	}
	ensureChineseFont();
	return found;
}

function systemChromium() {
	return candidates().find((path) => isExecutable(path) && !isSnap(path)) ?? null;
}

function candidates() {
	switch (process.platform) {
		case 'darwin':
			return ['', process.env.HOME ?? ''].flatMap((root) => [
				`${root}/Applications/Google Chrome.app/Contents/MacOS/Google Chrome`,
				`${root}/Applications/Chromium.app/Contents/MacOS/Chromium`
			]);
		case 'win32':
			return ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA']
				.flatMap((name) => process.env[name] ?? [])
				.flatMap((root) => [
					join(root, 'Google/Chrome/Application/chrome.exe'),
					join(root, 'Chromium/Application/chrome.exe')
				]);
		default: {
			const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
			return NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
		}
	}
}

function playwrightChromium() {
	try {
		const require = createRequire(import.meta.url);
		const path = require('@playwright/test').chromium.executablePath();
		return isExecutable(path) ? path : null;
	} catch {
		return null; // Playwright is not installed yet, or has no build for this system.
	}
}

/** @param {string} path */
function isExecutable(path) {
	try {
		accessSync(path, constants.X_OK);
		return statSync(path).isFile();
	} catch {
		return false;
	}
}

/**
 * A snap's Chromium sees no profile folder under /tmp, where Playwright makes one; and Ubuntu's package
 * is a script that only asks for the snap.
 * @param {string} path
 */
function isSnap(path) {
	if (/(^|\/)snap(\/|$)/.test(realpathSync(path))) return true;
	return statSync(path).size < 20_000 && readFileSync(path, 'utf8').includes('/snap/bin/');
}

/** @param {boolean} withDependencies system libraries too, which needs root */
function playwrightInstall(withDependencies) {
	const options = withDependencies ? ['--with-deps'] : [];
	return runs(['npx', 'playwright', 'install', ...options, 'chromium']);
}

/** Without a Chinese font, Chinese text is drawn as boxes in screenshots; no test depends on it. */
function ensureChineseFont() {
	if (linuxDistribution() === null) return;
	const hasFont = () => {
		try {
			return execFileSync('fc-list', [':lang=zh'], { encoding: 'utf8' }).trim() !== '';
		} catch {
			return null; // no fontconfig tools: unknown
		}
	};
	if (hasFont() !== false) return;
	if (!aptInstall(['fonts-wqy-microhei']))
		console.warn('No Chinese font is installed: Chinese is drawn as boxes in screenshots.');
}
