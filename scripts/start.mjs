// `npm start`: installs missing packages, builds the app if its sources are newer, and serves it.
// The server runs in this process, so that Ctrl-C leaves nothing behind.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { networkInterfaces } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { ISOLATION } from '../src/lib/base/isolation.mjs';
import { BUILT, buildIfStale } from './build.mjs';
import { checkNode, installPackages } from './install.mjs';
import { endOnSignals } from './run.mjs';

const FIRST_PORT = 4173;
const PORTS_TRIED = 50;
const HELP = `Usage: npm start -- [options]

  --port N     serve on port N, or fail (default: ${FIRST_PORT}, or the next free one)
  --host       also serve to other machines on the local network
  --no-open    do not open the browser`;

endOnSignals(0);
checkNode();
const options = readOptions();
try {
	await installPackages();
	await buildIfStale();
	await serve();
} catch (error) {
	console.error(`\n${error instanceof Error ? error.message : error}`);
	process.exit(1);
}

function readOptions() {
	try {
		const { values } = parseArgs({
			options: {
				port: { type: 'string' },
				host: { type: 'boolean', default: false },
				'no-open': { type: 'boolean', default: false },
				help: { type: 'boolean', short: 'h', default: false }
			}
		});
		if (values.help) {
			console.log(HELP);
			process.exit(0);
		}
		const port = values.port === undefined ? null : Number(values.port);
		if (port !== null && !(Number.isInteger(port) && port >= 1 && port <= 65535))
			throw new Error(`--port ${values.port}: expected a whole number from 1 to 65535`);
		return { port, host: values.host, open: !values['no-open'] };
	} catch (error) {
		console.error(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
		process.exit(2);
	}
}

async function serve() {
	const { default: sirv } = await import('sirv');
	const { loadModule } = await import('./load.mjs');
	/** @type {typeof import('../src/lib/base/address')} */
	const { pageMeant } = await loadModule('base/address.ts');
	const pages = pagesOf(BUILT);
	const files = sirv(BUILT, {
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
	// "localhost" means either of these two; without a host Node listens on every address.
	const hosts = options.host ? [undefined] : ['127.0.0.1', '::1'];
	const port = await listen(withSlash(files, pages), hosts);
	const url = `http://localhost:${port}/`;
	console.log(`\nThe explorer is at ${url}  (Ctrl-C ends it)`);
	if (options.host) printLanAddresses(port);
	if (options.open && hasDesktop()) openBrowser(url);
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

/**
 * Redirects a page's address to end with a slash before its query, because the links in the page are relative to it.
 * @param {import('sirv').RequestHandler} handler
 * @param {string[]} pages
 * @returns {import('sirv').RequestHandler}
 */
function withSlash(handler, pages) {
	return (request, response) => {
		const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
		if (pathname === '/' || !pages.includes(pathname.slice(1))) handler(request, response);
		else response.writeHead(307, { Location: `${pathname}/${search}` }).end();
	};
}

/**
 * Serves on the requested port, or on the first free one.
 * @param {import('sirv').RequestHandler} handler
 * @param {(string | undefined)[]} hosts
 */
async function listen(handler, hosts) {
	const first = options.port ?? FIRST_PORT;
	const last = options.port ?? FIRST_PORT + PORTS_TRIED - 1;
	for (let port = first; port <= last; port++) {
		if (await listenOn(handler, hosts, port)) {
			if (port !== first) console.log(`Port ${first} is taken; using ${port}.`);
			return port;
		}
	}
	throw new Error(
		options.port
			? `Port ${first} is taken. Give another with --port N, or none for the next free one.`
			: `Ports ${first} to ${last} are taken. Give a free one with npm start -- --port N.`
	);
}

/**
 * @param {import('sirv').RequestHandler} handler
 * @param {(string | undefined)[]} hosts
 * @param {number} port
 * @returns {Promise<boolean>} false when the port is taken on one of the hosts
 */
async function listenOn(handler, hosts, port) {
	/** @type {import('node:http').Server[]} */
	const servers = [];
	for (const host of hosts) {
		const server = createServer((request, response) => handler(request, response));
		try {
			await new Promise((resolve, reject) => {
				server.once('error', reject).listen({ port, host }, () => resolve(undefined));
			});
			servers.push(server);
		} catch (error) {
			const { code } = /** @type {NodeJS.ErrnoException} */ (error);
			// A machine without IPv6 has no ::1.
			if (host === '::1' && (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT')) continue;
			servers.forEach((opened) => opened.close());
			if (code === 'EADDRINUSE') return false;
			throw error;
		}
	}
	return true;
}

/** @param {number} port */
function printLanAddresses(port) {
	const addresses = Object.values(networkInterfaces())
		.flatMap((list) => list ?? [])
		.filter(({ family, internal }) => family === 'IPv4' && !internal)
		.map(({ address }) => `http://${address}:${port}/`);
	if (addresses.length === 0) {
		console.log('This machine has no address on a local network.');
		return;
	}
	console.log(`On the local network: ${addresses.join('  ')}`);
	console.log(
		'Over plain http browsers offer no WebGPU there: training runs on WebGL or WebAssembly.'
	);
}

function hasDesktop() {
	if (process.env.CI || process.env.NO_OPEN) return false;
	if (process.platform === 'darwin' || process.platform === 'win32') return true;
	return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

/**
 * Asks the desktop to open the address. Ignores a failure: the address is printed anyway.
 * @param {string} url
 */
function openBrowser(url) {
	/** @type {Partial<Record<NodeJS.Platform, string[]>>} */
	const commands = { darwin: ['open', url], win32: ['cmd', '/c', 'start', '', url] };
	const [program, ...args] = commands[process.platform] ?? ['xdg-open', url];
	spawn(program, args, { stdio: 'ignore', detached: true })
		.on('error', () => {})
		.unref();
}
