// Runs PyTorch beside the browser, as a process that makes one step each time it is asked.
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const PYTHON = 'python3';

/** @type {boolean | undefined} */
let found;

/** Whether this machine has PyTorch; asked once. */
export function hasPytorch() {
	found ??= spawnSync(PYTHON, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0;
	return found;
}

/** @param {string} work as the page describes it */
export function startPytorch(work) {
	const child = spawn(PYTHON, ['-W', 'ignore', join(import.meta.dirname, 'pytorch.py')], {
		stdio: ['pipe', 'pipe', 'inherit']
	});
	// A process that ended early is told by its missing answer.
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
