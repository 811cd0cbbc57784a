// Answers requests for the built app's files, and sends addresses that are nearly right to the page that they mean.
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import sirv from 'sirv';
import { ISOLATION } from '../src/lib/base/isolation.mjs';

/** @typedef {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => void} Handler */

/**
 * @param {string} folder the built app
 * @param {typeof import('../src/lib/base/address').pageMeant} pageMeant
 * @returns {Handler}
 */
export function filesOf(folder, pageMeant) {
	const pages = pagesOf(folder);
	const files = sirv(folder, {
		etag: true,
		onNoMatch: (request, response) => {
			const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
			const meant = pageMeant(pathname.slice(1), pages);
			if (meant === null) response.writeHead(404).end('Not found');
			else response.writeHead(307, { Location: joined(`/${meant}`, search) }).end();
		},
		setHeaders: (response, path) => {
			const hashed = path.includes('/_app/immutable/');
			for (const [name, value] of Object.entries(ISOLATION)) response.setHeader(name, value);
			response.setHeader('Cache-Control', hashed ? 'max-age=31536000,immutable' : 'no-cache');
		}
	});
	// A page's address ends with a slash before its query, because the links in the page are relative to it.
	return (request, response) => {
		const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
		if (pathname === '/' || !pages.includes(pathname.slice(1))) files(request, response);
		else response.writeHead(307, { Location: `${pathname}/${search}` }).end();
	};
}

/**
 * The paths of the pages in a folder, without slashes around them.
 * @param {string} folder
 */
function pagesOf(folder) {
	return readdirSync(folder, { recursive: true, encoding: 'utf8' })
		.map((path) => `/${path.replaceAll('\\', '/')}`)
		.filter((path) => path.endsWith('/index.html'))
		.map((path) => dirname(path).slice(1));
}

/**
 * @param {string} address
 * @param {string} search
 */
function joined(address, search) {
	return address + (address.includes('?') ? search.replace('?', '&') : search);
}
