// Finds a Python with PyTorch for the tests of what is exported to it, or installs Debian's.
// Needs Node's built-in modules only.
import { spawnSync } from 'node:child_process';
import { aptInstall, linuxDistribution } from './system.mjs';

/**
 * `PYTHON`, else one of the system's; null when none has PyTorch.
 * @returns {string | null}
 */
export function findTorch() {
	const candidates = [process.env.PYTHON, 'python3', '/usr/bin/python3'];
	return (
		candidates
			.filter((name) => name !== undefined)
			.find((name) => spawnSync(name, ['-c', 'import torch, numpy']).status === 0) ?? null
	);
}

/** Finds it or installs it; without it the tests that need it are passed over. */
export function ensureTorch({ log = console.log } = {}) {
	let found = findTorch();
	if (!found && linuxDistribution() === 'debian') {
		log('No Python with PyTorch found; installing Debian’s.');
		aptInstall(['python3-torch', 'python3-torchvision', 'python3-numpy']);
		found = findTorch();
	}
	if (!found) log('No Python with PyTorch: the tests of what is exported to it are passed over.');
	return found;
}
