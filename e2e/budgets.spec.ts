/** Budgets of a first visit: bytes, requests and layout shift of a cold load. Not time, because machines differ. */
import { gzipSync } from 'node:zlib';
import { expect, test, type Page } from './test';

interface Cost {
	/** Size of all responses, gzipped. */
	bytes: number;
	requests: number;
	/** The browser's cumulative layout shift. */
	shift: number;
	files: string[];
	/** The part requested before the first contentful paint. */
	first: { bytes: number; requests: number };
}

/** Opens a page, waits until `there` finds it complete, and adds up the cost. */
async function costOf(
	page: Page,
	path: string,
	there: (page: Page) => Promise<void>
): Promise<Cost> {
	const bodies: Promise<[string, number]>[] = [];
	page.on('response', (response) => {
		const { pathname } = new URL(response.url());
		if (response.url().startsWith('http'))
			bodies.push(response.body().then((body) => [pathname, gzipSync(body).length]));
	});
	await page.addInitScript(() => {
		const seen = { shift: 0 };
		Object.assign(globalThis, { seen });
		new PerformanceObserver((list) => {
			for (const entry of list.getEntries())
				seen.shift += (entry as PerformanceEntry & { value: number }).value;
		}).observe({ type: 'layout-shift', buffered: true });
	});
	await page.goto(path);
	await there(page);
	await page.waitForTimeout(500);
	const { shift } = await page.evaluate(
		() => (globalThis as unknown as { seen: { shift: number } }).seen
	);
	const fetched = await Promise.all(bodies);
	const early = await page.evaluate(() => {
		const [paint] = performance.getEntriesByName('first-contentful-paint');
		return performance
			.getEntriesByType('resource')
			.filter(({ startTime }) => startTime < paint.startTime)
			.map(({ name }) => new URL(name).pathname);
	});
	const first = fetched.filter(
		([path]) => early.includes(path) || path === new URL(page.url()).pathname
	);
	return {
		first: { bytes: first.reduce((sum, [, size]) => sum + size, 0), requests: first.length },
		bytes: fetched.reduce((sum, [, size]) => sum + size, 0),
		requests: fetched.length,
		shift,
		files: fetched.sort((a, b) => b[1] - a[1]).map(([path, size]) => `${size} ${path}`)
	};
}

const graph = (page: Page) => expect(page.getByRole('application').first()).toBeVisible();
const heading = (page: Page) => expect(page.getByRole('heading', { level: 1 })).toBeVisible();

const BUDGETS = [
	// The recording and the charts are fetched after the first paint.
	{ path: '/', there: heading, kilobytes: 300, requests: 50 },
	{ path: '/explore/', there: graph, kilobytes: 150, requests: 40 },
	{ path: '/lessons/', there: heading, kilobytes: 100, requests: 30 },
	{ path: '/lessons/04-degradation/', there: heading, kilobytes: 265, requests: 60 }
];
/** Half of what Lighthouse still calls good. */
const MOST_SHIFT = 0.05;

for (const { path, there, kilobytes, requests } of BUDGETS)
	test(`${path} costs at most ${kilobytes} KB and shifts nothing`, async ({ page }) => {
		const cost = await costOf(page, path, there);
		expect(cost.bytes, cost.files.join('\n')).toBeLessThanOrEqual(1000 * kilobytes);
		expect(cost.requests).toBeLessThanOrEqual(requests);
		expect(cost.shift).toBeLessThanOrEqual(MOST_SHIFT);
		// The engine is loaded only for training.
		expect(page.workers()).toHaveLength(0);
	});

test('the first paint of the first page costs at most 150 KB and 40 requests', async ({ page }) => {
	const { first, files } = await costOf(page, '/', heading);
	expect(first.bytes, files.join('\n')).toBeLessThanOrEqual(150_000);
	// The page itself, its styles and its scripts.
	expect(first.requests).toBeGreaterThan(10);
	expect(first.requests).toBeLessThanOrEqual(40);
});
