// What `npm start` runs: serves the built app, over https where asked, and relays the rooms of a class.
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createNetServer } from 'node:net';
import { loadModule } from '../scripts/load.mjs';
import { certificate } from './certificate.mjs';
import { filesOf } from './files.mjs';
import { isHere, lanAddresses } from './network.mjs';
import { Relay } from './relay.mjs';

const FIRST_PORT = 4173;
const PORTS_TRIED = 50;
/** The first byte of every TLS connection: a handshake record. */
const TLS_HANDSHAKE = 22;
/** A connection must say within this whether it is http or https. */
const FIRST_BYTE_MS = 10_000;

/**
 * @param {object} options
 * @param {string} options.folder the built app
 * @param {number | null} options.port null for the first free one
 * @param {boolean} options.host whether other machines may connect
 * @param {boolean} options.https
 * @param {boolean} options.class whether rooms are offered
 * @returns {Promise<{port: number, addresses: string[], fingerprint: string | null}>} with the app's addresses on the
 *   local network
 * @throws {Error} when the port is taken
 */
export async function serve(options) {
	/** @type {typeof import('../src/lib/base/address')} */
	const { pageMeant } = await loadModule('base/address.ts');
	const files = filesOf(options.folder, pageMeant);
	/** @type {typeof import('../src/lib/class/version')} */
	const { ROOM_PATH, VERSION } = await loadModule('class/version.ts');
	// The protocol checks experiments too, and takes a while to load.
	const relay = options.class ? new Relay(await loadModule('class/protocol.ts')) : null;
	const secure = options.https ? await certificate() : null;
	const fingerprint = secure?.fingerprint ?? null;
	let port = 0;
	const addresses = () =>
		options.host
			? lanAddresses().map((ip) => `${options.https ? 'https' : 'http'}://${ip}:${port}/`)
			: [];
	/** @type {import('./files.mjs').Handler} */
	const handler = (request, response) => {
		const { pathname } = new URL(request.url ?? '/', 'http://localhost');
		if (pathname !== `/${ROOM_PATH}`) return files(request, response);
		/** @type {import('../src/lib/class/protocol').RoomInfo} */
		const info = {
			version: VERSION,
			offered: relay !== null,
			here: isHere(request.socket),
			https: options.https,
			addresses: addresses(),
			fingerprint
		};
		response.setHeader('Cache-Control', 'no-store');
		response.setHeader('Content-Type', 'application/json');
		response.end(JSON.stringify(info));
	};
	const create = () => serverOf(handler, relay, secure);
	port = await listen(create, options);
	return { port, addresses: addresses(), fingerprint };
}

/**
 * A server of the handler and the relay. With a certificate it answers http as well: to this machine, where browsers trust
 * it, with the app, and to others with the address of the same page over https.
 * @param {import('./files.mjs').Handler} handler
 * @param {Relay | null} relay
 * @param {import('./certificate.mjs').Certificate | null} secure
 * @returns {import('node:net').Server}
 */
export function serverOf(handler, relay, secure) {
	/** @type {(server: import('node:http').Server | import('node:https').Server) => void} */
	const withRelay = (server) => {
		server.on('upgrade', (request, socket, head) => {
			const net = /** @type {import('node:net').Socket} */ (socket);
			if (relay) relay.upgrade(request, net, head);
			else net.destroy();
		});
	};
	if (!secure) {
		const server = createHttpServer(handler);
		withRelay(server);
		return server;
	}
	const tls = createHttpsServer({ key: secure.key, cert: secure.cert }, handler);
	const plain = createHttpServer((request, response) => {
		const { host } = request.headers;
		if (isHere(request.socket) || !host) handler(request, response);
		else response.writeHead(307, { Location: `https://${host}${request.url}` }).end();
	});
	withRelay(tls);
	withRelay(plain);
	return createNetServer((socket) => {
		socket.setTimeout(FIRST_BYTE_MS, () => socket.destroy());
		socket.on('error', () => socket.destroy());
		socket.once('data', (first) => {
			socket.setTimeout(0);
			socket.pause();
			socket.unshift(first);
			(first[0] === TLS_HANDSHAKE ? tls : plain).emit('connection', socket);
			process.nextTick(() => socket.resume());
		});
	});
}

/**
 * Serves on the requested port, or on the first free one.
 * @param {() => import('node:net').Server} create
 * @param {{port: number | null, host: boolean}} options
 */
async function listen(create, options) {
	// "localhost" means either of these two; without a host Node listens on every address.
	const hosts = options.host ? [undefined] : ['127.0.0.1', '::1'];
	const first = options.port ?? FIRST_PORT;
	const last = options.port ?? FIRST_PORT + PORTS_TRIED - 1;
	for (let port = first; port <= last; port++) {
		if (await listenOn(create, hosts, port)) {
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
 * @param {() => import('node:net').Server} create
 * @param {(string | undefined)[]} hosts
 * @param {number} port
 * @returns {Promise<boolean>} false when the port is taken on one of the hosts
 */
async function listenOn(create, hosts, port) {
	/** @type {import('node:net').Server[]} */
	const servers = [];
	for (const host of hosts) {
		const server = create();
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
