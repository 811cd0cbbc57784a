// `npm start`: installs missing packages, builds the app if its sources are newer, and serves it.
// The server runs in this process, so that Ctrl-C leaves nothing behind.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { BUILT, buildIfStale } from '../scripts/build.mjs';
import { checkNode, installPackages } from '../scripts/install.mjs';
import { endOnSignals } from '../scripts/run.mjs';

const HELP = `Usage: npm start -- [options]

  --port N     serve on port N, or fail (default: 4173, or the next free one)
  --host       also serve to other machines on the local network
  --class      let a teacher at this machine open a room for a class (implies --host)
  --https      serve to other machines over https, with a certificate of this machine's own
               (implies --host)
  --no-open    do not open the browser`;

endOnSignals(0);
checkNode();
const options = readOptions();
try {
	await installPackages();
	await buildIfStale();
	await start();
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
				class: { type: 'boolean', default: false },
				https: { type: 'boolean', default: false },
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
		const host = values.host || values.class || values.https;
		return { port, host, class: values.class, https: values.https, open: !values['no-open'] };
	} catch (error) {
		console.error(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
		process.exit(2);
	}
}

async function start() {
	const { serve } = await import('./serve.mjs');
	const { port, addresses, fingerprint } = await serve({ ...options, folder: BUILT });
	const url = `http://localhost:${port}/`;
	console.log(`\nThe explorer is at ${url}  (Ctrl-C ends it)`);
	if (options.host) tellAddresses(addresses, fingerprint);
	if (options.class) console.log(`Open a room for your class at ${url}class/`);
	if (options.open && hasDesktop()) openBrowser(options.class ? `${url}class/` : url);
}

/**
 * @param {string[]} addresses
 * @param {string | null} fingerprint of the certificate; null without https
 */
function tellAddresses(addresses, fingerprint) {
	if (addresses.length === 0) {
		console.log('This machine has no address on a local network.');
		return;
	}
	console.log(`On the local network: ${addresses.join('  ')}`);
	console.log(
		fingerprint
			? `Browsers warn of its certificate, which this machine made. Its SHA-256 fingerprint:\n${fingerprint}`
			: 'Over plain http browsers offer no WebGPU there: training runs on WebGL or WebAssembly. --https changes that.'
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
