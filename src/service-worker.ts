/**
 * Caches the whole app at the first visit, images and recorded runs included, so that it works offline. Fetches the changed
 * files of a new version in the background; that version takes over once no page of the old one is open, so that no page
 * gets files of two versions.
 */
/// <reference types="@sveltejs/kit" />
/// <reference no-default-lib="true"/>
/// <reference lib="esnext" />
/// <reference lib="webworker" />
import { version } from '$service-worker';
import { pageMeant } from '$lib/base/address';
import { ISOLATION } from '$lib/base/isolation.mjs';

const worker = self as unknown as ServiceWorkerGlobalScope;

/** Hashes of the contents by path from the app's root; written by `scripts/offline.mjs`. */
type FileList = Record<string, string>;

const { scope } = worker.registration;
/** Contains the scope, because all apps on a host share their caches. */
const CACHE = `residual-explorer ${scope}`;
/** The cache's name up to version 0.1.0, the same for every copy of the app on a host. */
const SHARED_CACHE = 'files';
const LIST = new URL(`files.json?version=${version}`, scope).href;
/** Limit of parallel requests, because a class that opens the page together shares one network. */
const AT_ONCE = 6;

const keyOf = (path: string, hash: string) => new URL(`${path}?hash=${hash}`, scope).href;

worker.addEventListener('install', (event) => event.waitUntil(install()));
worker.addEventListener('activate', (event) => event.waitUntil(activate()));
worker.addEventListener('fetch', (event) => {
	const { method, url, mode } = event.request;
	if (method !== 'GET' || !url.startsWith(scope)) return;
	const answered = answer(event.request);
	event.respondWith(answered.then(({ response }) => isolated(response)));
	// If the browser or the user has cleared the cache, the next page fills it again.
	if (mode === 'navigate')
		event.waitUntil(answered.then(({ kept }) => (kept ? undefined : install())).catch(() => {}));
});

async function install(): Promise<void> {
	const cache = await caches.open(CACHE);
	const response = await fetch(new URL('files.json', scope), { cache: 'no-store' });
	if (!response.ok) throw new Error(`files.json: HTTP ${response.status}`);
	const files = Object.entries((await response.clone().json()) as FileList);
	const fetchNext = async (): Promise<void> => {
		for (let next = files.shift(); next; next = files.shift()) {
			const [path, hash] = next;
			const key = keyOf(path, hash);
			if (await cache.match(key)) continue;
			const file = await fetch(new URL(path, scope), { cache: 'no-cache' });
			if (!file.ok) throw new Error(`${path}: HTTP ${file.status}`);
			await cache.put(key, file);
		}
	};
	await Promise.all(Array.from({ length: AT_ONCE }, fetchNext));
	// Stored last, so that a cache with the list is complete.
	await cache.put(LIST, response);
}

async function activate(): Promise<void> {
	const cache = await caches.open(CACHE);
	const files = await list(cache);
	if (files) {
		const kept = new Set([LIST, ...keysOf(files)]);
		for (const { url } of await cache.keys()) if (!kept.has(url)) await cache.delete(url);
	}
	await leaveSharedCache();
	await worker.clients.claim();
}

/** Deletes this app's files from the shared cache, and nobody else's. */
async function leaveSharedCache(): Promise<void> {
	if (!(await caches.has(SHARED_CACHE))) return;
	const shared = await caches.open(SHARED_CACHE);
	for (const request of await shared.keys()) {
		if (!request.url.startsWith(new URL('files.json?version=', scope).href)) continue;
		const listed = (await (await shared.match(request))?.json()) as FileList | undefined;
		for (const key of [...keysOf(listed ?? {}), request.url]) await shared.delete(key);
	}
	if (!(await shared.keys()).length) await caches.delete(SHARED_CACHE);
}

const keysOf = (files: FileList) => Object.entries(files).map(([path, hash]) => keyOf(path, hash));

async function list(cache: Cache): Promise<FileList | null> {
	const response = await cache.match(LIST);
	return response ? ((await response.json()) as FileList) : null;
}

/** Answers with the app's files from the cache, all else from the network; `kept` says whether the app is cached. */
async function answer(request: Request): Promise<{ response: Response; kept: boolean }> {
	const found = await lookUp(request).catch(() => null); // The cache cannot be read.
	return { response: found?.response ?? (await fetch(request)), kept: found !== null };
}

/**
 * The response with the headers of isolation, whatever the server sent with it and when: a page that has them refuses a
 * worker's file without them. A page that was opened through this service worker therefore has them on every host.
 */
function isolated(response: Response): Response {
	// Redirections and errors stay as they are.
	if (!response.ok) return response;
	const headers = new Headers(response.headers);
	for (const [name, value] of Object.entries(ISOLATION)) headers.set(name, value);
	return new Response(response.body, { status: response.status, headers });
}

/** Null if the app is not cached; without a response if the file is not part of the app. */
async function lookUp(request: Request): Promise<{ response: Response | undefined } | null> {
	const cache = await caches.open(CACHE);
	const files = await list(cache);
	if (!files) return null;
	const url = new URL(request.url);
	const path = decoded(url.pathname).slice(new URL(scope).pathname.length);
	const file = path === '' || path.endsWith('/') ? `${path}index.html` : path;
	if (files[file]) return { response: await cache.match(keyOf(file, files[file])) };
	// A page's address ends with a slash, before its query, and with no punctuation of the text that had the link.
	const meant = request.mode === 'navigate' ? pageMeant(path, pagesOf(files)) : null;
	if (meant === null) return { response: undefined };
	const page = new URL(meant, scope);
	if (url.search) page.search += page.search ? `&${url.search.slice(1)}` : url.search;
	return { response: Response.redirect(page.href) };
}

const pagesOf = (files: FileList) =>
	Object.keys(files).flatMap((path) =>
		path.endsWith('index.html') ? path.replace(/\/?index\.html$/, '') : []
	);

/** The path with its escapes decoded, or unchanged if they are malformed. */
function decoded(path: string): string {
	try {
		return decodeURIComponent(path);
	} catch {
		return path;
	}
}
