// Compiles the kernels of the wasm backend from AssemblyScript, as a plugin of Vite: before a build, the
// development server, a test or a command-line tool needs them, and only when a source is newer.
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import asc from 'assemblyscript/asc';
import { loadModule } from './load.mjs';
import { ROOT } from './run.mjs';

const SOURCE = join(ROOT, 'src/lib/engine/wasm/assembly');
/** Folder of the formulas from which one of the sources is generated. */
const MATH = join(ROOT, 'src/lib/engine/math');
const PRINTED = 'formulas.ts';
/** Another file that the formulas import. */
const SLOPE = join(ROOT, 'src/lib/network/ops/activation.ts');
const TARGET = join(ROOT, 'src/lib/engine/wasm/build');

const RELAXED = ['--enable', 'relaxed-simd'];
const SHARED = ['--enable', 'threads', '--sharedMemory'];
/** The variants without and with fused multiply-adds, which not every browser supports, and with memory of their own or shared. */
const VARIANTS = {
	'kernels.wasm': [],
	'kernels-relaxed.wasm': RELAXED,
	'kernels-shared.wasm': SHARED,
	'kernels-relaxed-shared.wasm': [...RELAXED, ...SHARED]
};

const OPTIONS = [
	'--runtime=stub',
	'--optimizeLevel=3',
	'--shrinkLevel=0',
	'--noAssert',
	'--importMemory',
	'--initialMemory=1',
	'--maximumMemory=65536',
	'--enable=simd',
	// Vectors are passed between functions of the module only.
	'--disableWarning=112'
];

/** @returns {import('vite').Plugin} */
export function kernels() {
	return { name: 'kernels', enforce: 'pre', config: () => compileKernels() };
}

/** @throws {Error} with the compiler's messages */
export async function compileKernels() {
	const newest = Math.max(
		...[SOURCE, MATH].flatMap((folder) =>
			readdirSync(folder).map((file) => statSync(join(folder, file)).mtimeMs)
		),
		...[SLOPE, import.meta.filename].map((file) => statSync(file).mtimeMs)
	);
	let formulas = '';
	for (const [file, options] of Object.entries(VARIANTS)) {
		const target = join(TARGET, file);
		const built = statSync(target, { throwIfNoEntry: false })?.mtimeMs ?? 0;
		if (built > newest) continue;
		formulas ||= (await loadModule('engine/math/assembly.ts')).formulas();
		/** @type {Uint8Array | undefined} */
		let binary;
		const { error, stderr } = await asc.main(
			['index.ts', '--baseDir', SOURCE, '--outFile', file, ...OPTIONS, ...options],
			{
				readFile: (name, folder) => (name === PRINTED ? formulas : readSource(join(folder, name))),
				writeFile: (_, contents) => {
					binary = /** @type {Uint8Array} */ (contents);
				}
			}
		);
		if (error || !binary)
			throw new Error(`The kernels of the wasm backend do not compile:\n${stderr}`, {
				cause: error
			});
		mkdirSync(TARGET, { recursive: true });
		// Several processes may do this at once; each moves a complete file into place.
		const temporary = `${target}.${process.pid}`;
		writeFileSync(temporary, binary);
		renameSync(temporary, target);
	}
}

/** @param {string} path */
function readSource(path) {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		return null;
	}
}
