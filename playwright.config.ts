// End-to-end tests of the built app in Chromium, one at a time because they train and measure.
import { defineConfig } from '@playwright/test';
import { chromiumLaunch } from './scripts/browser.mjs';

const PORT = 4599;

export default defineConfig({
	testDir: 'e2e',
	snapshotPathTemplate: '{testDir}/pixels/{arg}{ext}',
	workers: 1,
	fullyParallel: false,
	retries: 0,
	forbidOnly: Boolean(process.env.CI),
	// Training on two cores or a software adapter is slow.
	timeout: 120_000,
	expect: { timeout: 15_000 },
	reporter: 'list',
	use: {
		baseURL: `http://localhost:${PORT}`,
		viewport: { width: 1280, height: 720 },
		locale: 'en',
		trace: 'retain-on-failure',
		launchOptions: chromiumLaunch()
	},
	projects: [{ name: 'chromium', use: { browserName: 'chromium' } }],
	webServer: {
		// Builds first when the sources are newer, and fails when the port is taken.
		command: `node scripts/start.mjs --no-open --port ${PORT}`,
		url: `http://localhost:${PORT}`,
		reuseExistingServer: false,
		timeout: 120_000,
		gracefulShutdown: { signal: 'SIGTERM', timeout: 5_000 }
	}
});
