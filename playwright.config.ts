// End-to-end tests of the built app in Chromium, and those of `e2e/browsers/` in Firefox and WebKit where they are installed.
import { defineConfig } from '@playwright/test';
import { chromiumLaunch } from './scripts/browser.mjs';
import { installedBrowsers } from './scripts/browsers.mjs';

const PORT = 4599;
const OTHERS = 'browsers/*.spec.ts';

export default defineConfig({
	testDir: 'e2e',
	snapshotPathTemplate: '{testDir}/pixels/{arg}{ext}',
	// One alone leaves two cores idle for a quarter of the time.
	workers: 2,
	fullyParallel: false,
	retries: 0,
	forbidOnly: Boolean(process.env.CI),
	// On a busy machine all waits are long: these limits only end what would never end.
	timeout: 300_000,
	expect: { timeout: 60_000 },
	reporter: 'list',
	use: {
		actionTimeout: 60_000,
		baseURL: `http://localhost:${PORT}`,
		viewport: { width: 1280, height: 720 },
		locale: 'en',
		serviceWorkers: 'block',
		launchOptions: chromiumLaunch()
	},
	projects: [
		{ name: 'chromium', testIgnore: OTHERS, use: { browserName: 'chromium' } },
		...installedBrowsers().map((name) => ({ name, testMatch: OTHERS }))
	],
	webServer: {
		// Builds first when the sources are newer, and fails when the port is taken.
		command: `node server/start.mjs --no-open --port ${PORT}`,
		url: `http://localhost:${PORT}`,
		reuseExistingServer: false,
		timeout: 600_000,
		gracefulShutdown: { signal: 'SIGTERM', timeout: 5_000 }
	}
});
