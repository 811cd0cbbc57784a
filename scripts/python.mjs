// Finds a Python with what the tests of exported projects and files need, or installs Debian's packages of it.
// Needs Node's built-in modules only.
import { spawnSync } from 'node:child_process';
import { aptInstall, linuxDistribution } from './system.mjs';

/**
 * `PYTHON`, else one of the system's; null when none can import all of it.
 * @param {string} modules as Python's import statement takes them
 * @returns {string | null}
 */
export function findPython(modules) {
	const candidates = [process.env.PYTHON, 'python3', '/usr/bin/python3'];
	return (
		candidates
			.filter((name) => name !== undefined)
			.find((name) => spawnSync(name, ['-c', `import ${modules}`]).status === 0) ?? null
	);
}

export const findTorch = () => findPython('torch, numpy');
/** With what reads folders of images. */
export const findTorchvision = () => findPython('torch, numpy, torchvision');
/** With ONNX's checker. */
export const findOnnxChecker = () => findPython('onnx');
/** Debian has no package of it: without it the tests run the code on a stand-in of their own. */
export const findKeras = () => findPython('keras.ops');

const WANTED = [
	{ what: 'PyTorch', find: findTorch, packages: ['python3-torch', 'python3-numpy'] },
	{ what: 'torchvision', find: findTorchvision, packages: ['python3-torchvision'] },
	{ what: 'onnx', find: findOnnxChecker, packages: ['python3-onnx'] }
];

/** Finds all of it or installs it; the tests that need what is missing are passed over. */
export function ensurePython({ log = console.log } = {}) {
	const missing = WANTED.filter(({ find }) => !find());
	if (missing.length && linuxDistribution() === 'debian') {
		log(`No Python with ${missing.map(({ what }) => what).join(', ')} found; installing Debian’s.`);
		aptInstall(missing.flatMap(({ packages }) => packages));
	}
	for (const { what, find } of missing)
		if (!find()) log(`No Python with ${what}: the tests that need it are passed over.`);
}
