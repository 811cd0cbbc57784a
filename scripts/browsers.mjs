// The browsers beside Chromium in which the app is tested, as Debian packages them: Firefox, and WebKit, which is Safari's.
// Needs Node's built-in modules only.
import { existsSync } from 'node:fs';
import { aptInstall, linuxDistribution } from './system.mjs';

const LIBRARIES = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;

/** Their programs. */
export const PROGRAMS = {
	firefox: { browser: '/usr/bin/firefox-esr' },
	webkit: {
		browser: `${LIBRARIES}/webkit2gtk-4.1/MiniBrowser`,
		driver: '/usr/bin/WebKitWebDriver',
		display: '/usr/bin/Xvfb'
	}
};

/** @typedef {keyof typeof PROGRAMS} BrowserName */

/** @type {Record<BrowserName, string[]>} */
const PACKAGES = {
	firefox: ['firefox-esr'],
	webkit: ['libwebkit2gtk-4.1-0', 'webkit2gtk-driver', 'xvfb']
};

export const BROWSERS = /** @type {BrowserName[]} */ (Object.keys(PROGRAMS));

/** Those whose programs are all here. */
export const installedBrowsers = () =>
	BROWSERS.filter((name) => Object.values(PROGRAMS[name]).every((path) => existsSync(path)));

/** Installs on Debian those that are missing. */
export function ensureBrowsers() {
	const installed = installedBrowsers();
	const missing = BROWSERS.filter((name) => !installed.includes(name));
	if (missing.length && linuxDistribution() === 'debian')
		aptInstall(missing.flatMap((name) => PACKAGES[name]));
}
