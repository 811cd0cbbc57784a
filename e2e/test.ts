/** Playwright's test, which also fails where a page throws. */
import { expect, test as base } from '@playwright/test';

export { chromium, expect, type Locator, type Page } from '@playwright/test';

export const test = base.extend({
	page: async ({ page }, use) => {
		const errors: string[] = [];
		page.on('pageerror', (error) => errors.push(error.stack ?? String(error)));
		await use(page);
		expect(errors.slice(0, 3)).toEqual([]);
	}
});

/** For tests that answer requests in the server's place: no service worker stands between. */
export const serverAnsweredHere = { serviceWorkers: 'block' } as const;
