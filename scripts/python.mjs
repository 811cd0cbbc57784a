// Finds or installs a Python with the packages that tests of exported files need: from Debian, or from pip in a virtual
// environment of the project.
// Needs Node's built-in modules only.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './run.mjs';
import { aptInstall, linuxDistribution, runs } from './system.mjs';

const FOLDER = join(ROOT, '.cache/python');
const OWN = join(FOLDER, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
/** The Keras backend that compiles least, because the tests run many small networks once each. */
export const KERAS_ENV = { KERAS_BACKEND: 'numpy' };

/**
 * Tries `PYTHON`, then the system's interpreters, then the project's own; null if none can import all modules.
 * @param {string} modules comma-separated, as in an import statement
 * @returns {string | null}
 */
export function findPython(modules) {
	const candidates = [process.env.PYTHON, 'python3', '/usr/bin/python3', OWN];
	const env = { ...process.env, ...KERAS_ENV };
	return (
		candidates
			.filter((name) => name !== undefined)
			.find((name) => spawnSync(name, ['-c', `import ${modules}`], { env }).status === 0) ?? null
	);
}

export const findTorch = () => findPython('torch, numpy');
export const findTorchvision = () => findPython('torch, numpy, torchvision');
export const findOnnxChecker = () => findPython('onnx');
export const findKeras = () => findPython('keras.ops');
/** Finds the pinned version only, because another one formats the code differently. */
export const findRuff = () =>
	spawnSync(OWN, ['-m', 'ruff', '--version']).stdout?.toString().trim() === RUFF.replace('==', ' ')
		? OWN
		: null;

const RUFF = 'ruff==0.16.9';
const WANTED = [
	// With OpenBLAS, Debian's PyTorch computes in float64 two to five times as fast.
	{
		what: 'PyTorch',
		find: findTorch,
		packages: ['python3-torch', 'python3-numpy', 'libopenblas0-pthread']
	},
	{ what: 'torchvision', find: findTorchvision, packages: ['python3-torchvision'] },
	{ what: 'onnx', find: findOnnxChecker, packages: ['python3-onnx'] }
];

/** Finds or installs all of these packages. Tests skip what is still missing; for Keras they have a stand-in. */
export function ensurePython({ log = console.log } = {}) {
	const missing = WANTED.filter(({ find }) => !find());
	if (missing.length && linuxDistribution() === 'debian') {
		log(`No Python with ${missing.map(({ what }) => what).join(', ')} found; installing Debian’s.`);
		aptInstall(missing.flatMap(({ packages }) => packages));
	}
	for (const { what, find } of missing)
		if (!find()) log(`No Python with ${what}: the tests that need it are skipped.`);
	// Keras's numpy backend computes convolutions with JAX.
	if (!findKeras() && !pipInstall(['keras==3.15.1', 'jax'], log))
		log('No Python with Keras: the tests use their stand-in for it.');
}

/**
 * Finds Ruff or installs it.
 * @returns {string | null} a Python that has it
 */
export function ensureRuff({ log = console.log } = {}) {
	if (!findRuff()) pipInstall([RUFF], log);
	return findRuff();
}

/**
 * Installs packages into the project's virtual environment, which it creates if necessary.
 * @param {string[]} packages
 * @param {(message: string) => void} log
 * @returns {boolean} whether they are installed
 */
function pipInstall(packages, log) {
	log(`Installing ${packages.join(', ')} from pip.`);
	const needs = 'venv, ensurepip';
	if (!findPython(needs) && linuxDistribution() === 'debian') aptInstall(['python3-venv']);
	const python = findPython(needs);
	const has = spawnSync(OWN, ['-m', 'pip', '--version']).status === 0;
	const pip = ['-m', 'pip', 'install', '-qq', '--disable-pip-version-check', '--retries', '1'];
	return (
		python !== null &&
		(has || runs([python, '-m', 'venv', '--clear', FOLDER])) &&
		runs([OWN, ...pip, ...packages])
	);
}
