// Finds what the tests of exported ONNX files run them in, or installs it: ONNX Runtime for JavaScript beside the app's own
// packages, which do not need it, and Debian's Python package with ONNX's checker.
import { execFileSync, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './run.mjs';
import { aptInstall, linuxDistribution } from './system.mjs';

const RUNTIME = 'onnxruntime-web';
const VERSION = '1.30.0';
const FOLDER = join(ROOT, '.cache/onnxruntime');

/** ONNX Runtime as a module, or null. */
export function findOnnxRuntime() {
	if (!existsSync(join(FOLDER, 'node_modules', RUNTIME))) return null;
	return createRequire(join(FOLDER, 'package.json'))(RUNTIME);
}

/** A Python with ONNX's checker: `PYTHON`, else one of the system's; null when none has it. */
export function findOnnxChecker() {
	const candidates = [process.env.PYTHON, 'python3', '/usr/bin/python3'];
	return (
		candidates
			.filter((name) => name !== undefined)
			.find((name) => spawnSync(name, ['-c', 'import onnx']).status === 0) ?? null
	);
}

/** Finds both or installs them; the tests that need what cannot be installed are passed over. */
export function ensureOnnx({ log = console.log } = {}) {
	if (!findOnnxRuntime()) {
		log(`Installing ${RUNTIME} for the tests of ONNX files.`);
		mkdirSync(FOLDER, { recursive: true });
		const install = ['install', '--prefix', FOLDER, '--no-audit', '--no-fund', '--ignore-scripts'];
		try {
			execFileSync('npm', [...install, `${RUNTIME}@${VERSION}`], { stdio: 'inherit' });
		} catch {
			log(`${RUNTIME} could not be installed: tests that run ONNX files are passed over.`);
		}
	}
	if (!findOnnxChecker() && linuxDistribution() === 'debian') aptInstall(['python3-onnx']);
	if (!findOnnxChecker()) log('No Python with onnx: files are not given to its checker.');
}
