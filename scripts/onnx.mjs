// Finds or installs ONNX Runtime for JavaScript, in which the tests run exported ONNX files. It has its own folder,
// because the app does not need it.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './run.mjs';

const RUNTIME = 'onnxruntime-web';
const VERSION = '1.30.0';
const FOLDER = join(ROOT, '.cache/onnxruntime');

/** ONNX Runtime as a module, or null. */
export function findOnnxRuntime() {
	if (!existsSync(join(FOLDER, 'node_modules', RUNTIME))) return null;
	return createRequire(join(FOLDER, 'package.json'))(RUNTIME);
}

/** Finds ONNX Runtime or installs it; without it, the tests that run ONNX files are skipped. */
export function ensureOnnxRuntime({ log = console.log } = {}) {
	if (findOnnxRuntime()) return;
	log(`Installing ${RUNTIME} for the tests of ONNX files.`);
	mkdirSync(FOLDER, { recursive: true });
	const install = ['install', '--prefix', FOLDER, '--no-audit', '--no-fund', '--ignore-scripts'];
	try {
		execFileSync('npm', [...install, `${RUNTIME}@${VERSION}`], { stdio: 'inherit' });
	} catch {
		log(`${RUNTIME} could not be installed: the tests that run ONNX files are skipped.`);
	}
}
