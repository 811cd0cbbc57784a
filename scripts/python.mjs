// Finds a Python with what the tests of exported projects and files need, or installs it: Debian's packages, and from pip, in
// a folder of the project's, what Debian has not.
// Needs Node's built-in modules only.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './run.mjs';
import { aptInstall, linuxDistribution, runs } from './system.mjs';

const FOLDER = join(ROOT, '.cache/python');
const OWN = join(FOLDER, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
/** Of Keras's backends the one that compiles least: tests run many small networks once. */
export const KERAS_ENV = { KERAS_BACKEND: 'numpy' };

/**
 * `PYTHON`, else one of the system's or the project's own; null when none can import all of it.
 * @param {string} modules as Python's import statement takes them
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
/** With what reads folders of images. */
export const findTorchvision = () => findPython('torch, numpy, torchvision');
/** With ONNX's checker. */
export const findOnnxChecker = () => findPython('onnx');
/** Without it the tests run the code on a stand-in of their own. */
export const findKeras = () => findPython('keras.ops');
/** The version whose format the code has. */
export const findRuff = () =>
	spawnSync(OWN, ['-m', 'ruff', '--version']).stdout?.toString().trim() === RUFF.replace('==', ' ')
		? OWN
		: null;

const RUFF = 'ruff==0.16.9';
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
	// Its numpy backend leaves convolutions to JAX.
	if (!findKeras() && !pipInstall(['keras==3.15.1', 'jax'], log))
		log('No Python with Keras: tests take a stand-in of their own for it.');
}

/** Finds what lints Python or installs it. @returns {string | null} a Python that has it */
export function ensureRuff({ log = console.log } = {}) {
	if (!findRuff()) pipInstall([RUFF], log);
	return findRuff();
}

/**
 * Into the project's own folder, which is made where it is not there.
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
