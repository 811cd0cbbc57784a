// Runs PyTorch in a separate process that makes one step per request.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findTorch } from '../scripts/python.mjs';

/** @type {string | null | undefined} */
let found;
const python = () => (found ??= findTorch());

/** Whether this machine has PyTorch. */
export const hasPytorch = () => python() !== null;

/** @param {string} work description of the work from the page */
export function startPytorch(work) {
	const interpreter = python();
	if (!interpreter) throw new Error('no Python with PyTorch is here');
	const child = spawn(interpreter, ['-W', 'ignore', join(import.meta.dirname, 'pytorch.py')], {
		stdio: ['pipe', 'pipe', 'inherit']
	});
	// If the process ends early, the missing answer reveals it.
	child.stdin.on('error', () => {});
	child.stdin.write(`${work}\n`);
	const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
	return {
		/** @returns {Promise<{loss: number, milliseconds: number}>} */
		async step() {
			child.stdin.write('step\n');
			const { value, done } = await answers.next();
			if (done) throw new Error('pytorch.py ended before its step');
			return JSON.parse(value);
		},
		stop: () => child.kill()
	};
}
