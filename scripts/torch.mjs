// Asks one of the project's Python scripts for numbers that PyTorch computes.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { findTorch } from './python.mjs';
import { ROOT } from './run.mjs';

/**
 * Ends the process with 2 if there is none.
 * @returns {string} a Python that has PyTorch
 */
export function requireTorch() {
	const python = findTorch();
	if (python) return python;
	console.error(
		'No Python with PyTorch was found. Install it (Debian: python3-torch), or set PYTHON to an interpreter that has it.'
	);
	process.exit(2);
}

/**
 * Ends the process with 2 if there is no PyTorch, or if the script fails.
 * @param {string} script name of a file beside this one
 * @param {unknown} jobs what it reads from standard input, as JSON; typed arrays as lists
 * @param {number} digits significant digits of the numbers
 * @returns {any} what it writes as JSON
 */
export function askTorch(script, jobs, digits) {
	const python = requireTorch();
	const { status, stdout } = spawnSync(python, ['-W', 'ignore', join(ROOT, 'scripts', script)], {
		input: JSON.stringify(jobs, (_, value) =>
			ArrayBuffer.isView(value) ? Array.from(/** @type {any} */ (value)) : value
		),
		encoding: 'utf8',
		maxBuffer: 2 ** 28,
		stdio: ['pipe', 'pipe', 'inherit']
	});
	if (status !== 0) process.exit(2);
	return JSON.parse(stdout, (_, value) =>
		typeof value === 'number' ? Number(value.toPrecision(digits)) : value
	);
}

/**
 * The choice of one path for PyTorch: by addition, 0 for F(x) and 1 for the shortcut.
 * @param {import('../src/lib/network').AnalysedNetwork} network
 * @param {readonly number[]} open indices of the blocks with two ways
 * @param {readonly number[]} branches those of them that it passes through the branch
 */
export const waysOf = ({ blocks }, open, branches) =>
	Object.fromEntries(
		open.map((index) => [blocks[index].shortcut?.to, branches.includes(index) ? 0 : 1])
	);
