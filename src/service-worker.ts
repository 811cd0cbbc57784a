/**
 * Keeps the whole app on the machine after one visit, images and recorded runs included, so that a class goes on without
 * a network. A new version is fetched in the background, as far as its files have changed, and takes over once no page of
 * the old one is open: a page never gets files of two versions.
 */
/// <reference types="@sveltejs/kit" />
/// <reference no-default-lib="true"/>
/// <reference lib="esnext" />
/// <reference lib="webworker" />
import { version } from '$service-worker';

const worker = self as unknown as ServiceWorkerGlobalScope;

/** Path from the app's root, and hash of the contents; written by `scripts/offline.mjs`. */
type FileList = Record<string, string>;

const CACHE = 'files';
const { scope } = worker.registration;
const LIST = new URL(`files.json?version=${version}`, scope).href;
/** Requests at once: a class that opens the page together shares one network. */
const AT_ONCE = 6;

const keyOf = (path: string, hash: string) => new URL(`${path}?hash=${hash}`, scope).href;

worker.addEventListener('install', (event) => event.waitUntil(install()));
worker.addEventListener('activate', (event) => event.waitUntil(activate()));
worker.addEventListener('fetch', (event) => {
	const { method, url } = event.request;
	if (method === 'GET' && url.startsWith(scope)) event.respondWith(answer(event.request));
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
	// Last: the list is there only once all files are.
	await cache.put(LIST, response);
}

async function activate(): Promise<void> {
	const cache = await caches.open(CACHE);
	const files = await list(cache);
	if (files) {
		const kept = new Set([LIST, ...Object.entries(files).map(([path, hash]) => keyOf(path, hash))]);
		for (const { url } of await cache.keys()) if (!kept.has(url)) await cache.delete(url);
	}
	await worker.clients.claim();
}

async function list(cache: Cache): Promise<FileList | null> {
	const response = await cache.match(LIST);
	return response ? ((await response.json()) as FileList) : null;
}

/** From the cache what is part of the app, all else from the network. */
async function answer(request: Request): Promise<Response> {
	const cache = await caches.open(CACHE);
	const files = await list(cache);
	const path = decodeURIComponent(new URL(request.url).pathname).slice(
		new URL(scope).pathname.length
	);
	const file = path === '' || path.endsWith('/') ? `${path}index.html` : path;
	const hash = files?.[file];
	const kept = hash && (await cache.match(keyOf(file, hash)));
	if (kept) return kept;
	if (files?.[`${path}/index.html`]) return Response.redirect(`${request.url}/`);
	return fetch(request);
}
