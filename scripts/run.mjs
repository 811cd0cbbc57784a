// Runs a command as a child process that never outlives this one.
// Needs Node's built-in modules only.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root, whatever folder a command was started from. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill()));

/**
 * Ends this process, and with it the commands it runs, when it is told to stop.
 * @param {number} [code] exit code after Ctrl-C; by default the usual 130
 */
export function endOnSignals(code = 130) {
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
		process.on(signal, () => process.exit(running.size ? 130 : code));
}

/**
 * Runs a command in the project's root with this process's own output.
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env] added to the environment
 * @returns {Promise<number>} its exit code; 1 when it could not be started or was killed
 */
export function run(program, args, env = {}) {
	return new Promise((resolve) => {
		const child = spawn(program, args, {
			cwd: ROOT,
			stdio: 'inherit',
			env: { ...process.env, ...env },
			shell: process.platform === 'win32' && program !== process.execPath
		});
		running.add(child);
		/** @param {number} code */
		const end = (code) => {
			running.delete(child);
			resolve(code);
		};
		child.on('error', (error) => {
			console.error(`${program}: ${error.message}`);
			end(1);
		});
		child.on('close', (code) => end(code ?? 1));
	});
}

/**
 * Runs the command of an installed package, without the extra process that npx would add.
 * @param {string} packageName
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @param {string} [command] where it differs from the package's name
 */
export function runTool(packageName, args, env, command = packageName) {
	const folder = join(ROOT, 'node_modules', packageName);
	const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
	return run(
		process.execPath,
		[join(folder, typeof bin === 'string' ? bin : bin[command]), ...args],
		env
	);
}
