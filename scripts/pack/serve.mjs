// Serves the folder "app" beside this file on this machine: node serve.mjs [PORT]
// One file, Node's built-in modules only.
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const APP = fileURLToPath(new URL('app', import.meta.url));
const FIRST = Number(process.argv[2] ?? 4173);
/** @type {Record<string, string>} */
const TYPES = {
	'.html': 'text/html; charset=utf-8',
	'.js': 'text/javascript',
	'.css': 'text/css',
	'.json': 'application/json',
	'.webmanifest': 'application/manifest+json',
	'.svg': 'image/svg+xml',
	'.png': 'image/png',
	'.wasm': 'application/wasm',
	'.zip': 'application/zip',
	'.txt': 'text/plain; charset=utf-8'
};

const server = createServer((request, response) => {
	const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
	let path = '';
	try {
		path = normalize(join(APP, decodeURIComponent(pathname)));
	} catch {
		// The address is malformed.
	}
	const stats = path.startsWith(APP + sep) || path === APP ? statOf(path) : null;
	if (stats?.isDirectory() && !pathname.endsWith('/')) {
		response.writeHead(301, { Location: `${pathname}/${search}` }).end();
		return;
	}
	const file = stats?.isDirectory() ? join(path, 'index.html') : path;
	const found = stats && statOf(file);
	if (!found?.isFile()) {
		response.writeHead(404, { 'Content-Type': 'text/plain' }).end('Not found');
		return;
	}
	response.writeHead(200, {
		'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
		'Content-Length': found.size,
		'Cache-Control': 'no-cache',
		// So that several threads can compute one network.
		'Cross-Origin-Opener-Policy': 'same-origin',
		'Cross-Origin-Embedder-Policy': 'require-corp'
	});
	if (request.method === 'HEAD') response.end();
	else createReadStream(file).pipe(response);
});

/** @param {string} path */
function statOf(path) {
	return statSync(path, { throwIfNoEntry: false }) ?? null;
}

/** @param {number} port */
function listen(port) {
	server
		.once('error', (/** @type {NodeJS.ErrnoException} */ error) => {
			if (error.code === 'EADDRINUSE' && process.argv[2] === undefined && port < FIRST + 50)
				listen(port + 1);
			else {
				console.error(`Port ${port}: ${error.message}. Give another: node serve.mjs PORT`);
				process.exit(1);
			}
		})
		.listen(port, '127.0.0.1', () => {
			server.removeAllListeners('error');
			console.log(`The explorer is at http://localhost:${port}/  (Ctrl-C ends it)`);
		});
}
listen(FIRST);
