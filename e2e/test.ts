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

/** Options for tests that intercept requests: a service worker would answer before them. */
export const serverAnsweredHere = { serviceWorkers: 'block' } as const;
