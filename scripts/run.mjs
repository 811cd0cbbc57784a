// Runs a command as a child process that never outlives this one.
// Needs Node's built-in modules only.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root, independent of the working directory. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill()));

/**
 * Ends this process and the commands it runs when it receives a signal or its parent dies.
 * @param {number} [code] exit code if no command is running; by default the usual 130
 */
export function endOnSignals(code = 130) {
	const end = () => process.exit(running.size ? 130 : code);
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end);
	// npm passes a signal to the shell between it and this process; the shell dies without passing it on.
	const parent = process.ppid;
	setInterval(() => process.ppid !== parent && end(), 500).unref();
}

/**
 * Runs a command in the project's root.
 * @param {string} program
 * @param {string[]} args
 * @param {object} [options]
 * @param {NodeJS.ProcessEnv} [options.env] added to the environment
 * @param {boolean} [options.quiet] shows the command's output only when it fails
 * @param {boolean} [options.whole] shows the command's output when it has ended, so that no other's comes between
 * @param {boolean} [options.aside] leaves the processor to others that need it
 * @returns {Promise<number>} its exit code; 1 when it could not be started or was killed
 */
export function run(program, args, { env = {}, quiet = false, whole = false, aside = false } = {}) {
	return new Promise((resolve) => {
		const child = spawn(program, args, {
			cwd: ROOT,
			stdio: quiet || whole ? ['ignore', 'pipe', 'pipe'] : 'inherit',
			env: { ...process.env, ...env },
			shell: process.platform === 'win32' && program !== process.execPath
		});
		if (aside && child.pid) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
		/** @type {Buffer[]} */
		const output = [];
		child.stdout?.on('data', (chunk) => output.push(chunk));
		child.stderr?.on('data', (chunk) => output.push(chunk));
		running.add(child);
		/** @param {number} code */
		const end = (code) => {
			running.delete(child);
			if (whole || code !== 0) output.forEach((chunk) => process.stderr.write(chunk));
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
 * @param {Parameters<typeof run>[2] & {command?: string}} [options] `command` where its name is not
 *   the package's
 */
export function runTool(packageName, args, { command = packageName, ...options } = {}) {
	const folder = join(ROOT, 'node_modules', packageName);
	const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
	return run(
		process.execPath,
		[join(folder, typeof bin === 'string' ? bin : bin[command]), ...args],
		options
	);
}
