/**
 * What Safari's engine does to a page and other browsers do not, so that the page can say it. On an iPhone and an iPad
 * every browser is built on it.
 */

/** Bytes that networks and images may take on an iPhone or iPad, which ends a page that uses more than 1 to 1.5 GB. */
const TOUCH_BYTES = 800e6;

const isWebKit = (): boolean => globalThis.navigator?.vendor?.startsWith('Apple') ?? false;

/** Bytes that networks and images may take on this device; null if it does not end a page for them. An iPad calls itself a Mac. */
export const mostBytes = (): number | null =>
	isWebKit() && navigator.maxTouchPoints > 1 ? TOUCH_BYTES : null;

/** Whether the browser deletes what a page stores if it is not used for seven days: WebKit does, unless the page is installed. */
export const clearsStorage = (): boolean =>
	isWebKit() && !matchMedia('(display-mode: standalone)').matches;
