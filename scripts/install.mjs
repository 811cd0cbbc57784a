// Makes a bare clone ready: checks Node's version and installs the packages of the lock file.
// Needs Node's built-in modules only; `npm start` and `npm test` call it before anything else.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run } from './run.mjs';

const OLDEST_NODE = [20, 19];

/** Exits with a message if this version of Node is too old for the tools. */
export function checkNode() {
	const [major, minor] = process.versions.node.split('.').map(Number);
	const [needMajor, needMinor] = OLDEST_NODE;
	if (major > needMajor || (major === needMajor && minor >= needMinor)) return;
	console.error(
		`This is Node ${process.versions.node}; Node ${OLDEST_NODE.join('.')} or newer is needed. ` +
			'Get it from https://nodejs.org and run the command again.'
	);
	process.exit(1);
}

/**
 * Installs the packages when they are missing or older than the lock file.
 * @throws {Error} when npm fails
 */
export async function installPackages() {
	const installed = join(ROOT, 'node_modules/.package-lock.json');
	const locked = join(ROOT, 'package-lock.json');
	if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(locked).mtimeMs) return;
	console.log('Installing packages …');
	// Vite is a development package: `--include=dev` brings it where NODE_ENV is `production`.
	const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
	const npm = process.env.npm_execpath; // set when started by npm: its own JavaScript file
	const code = npm?.endsWith('.js')
		? await run(process.execPath, [npm, ...args])
		: await run('npm', args);
	if (code !== 0)
		throw new Error(
			`npm ci ended with code ${code}. Its messages are above; without a network it cannot work.`
		);
}
