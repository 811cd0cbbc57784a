/** Playwright's `test`, extended to fail when a page throws. */
import { expect, test as base } from '@playwright/test';

export { chromium, expect, type Locator, type Page } from '@playwright/test';

export const test = base.extend({
	page: async ({ page }, use) => {
		const errors: string[] = [];
		page.on('pageerror', (error) => errors.push(error.stack || String(error)));
		await use(page);
		expect(errors.slice(0, 3)).toEqual([]);
	}
});

/** Options for tests of the service worker; in all others it is not installed, and the server answers every request. */
export const withServiceWorker = { serviceWorkers: 'allow' } as const;
