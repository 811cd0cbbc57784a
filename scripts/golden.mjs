// `npm run --silent golden -- FILE… [--backend NAME] [--gpu] [--json]`: compares the engine's training steps, in
// headless Chromium, with files that PyTorch computed in float64.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fromHere, oneOf, readArguments } from './arguments.mjs';
import { ensureChromium } from './browser.mjs';
import { BACKENDS, openPage } from './page.mjs';

const HELP = `Usage: npm run --silent golden -- FILE… [--backend NAME] [--gpu] [--json]

Runs the training steps of each file in headless Chromium and prints the largest
relative error of each quantity. Ends with 1 when one is beyond 0.0001, with 2
when a file or an argument is not usable.

NAME is one of ${BACKENDS.join(', ')}; by default all four are compared. With --gpu
they run on the machine's graphics card, not on the software adapter.`;

const { files, backends, gpu, json } = readArguments(
	HELP,
	{
		backend: { type: 'string' },
		gpu: { type: 'boolean', default: false },
		json: { type: 'boolean', default: false }
	},
	({ backend, gpu, json }, paths) => {
		if (paths.length === 0) throw new Error('expected at least one file');
		return {
			backends: backend === undefined ? BACKENDS : [oneOf('--backend', backend, BACKENDS)],
			files: paths.map((path) => ({ file: path, text: readFileSync(fromHere(path), 'utf8') })),
			gpu,
			json
		};
	},
	{ takesNames: true }
);
await ensureChromium({ log: console.error });
const page = await openPage('/scripts/golden-page.ts', 'compare', { gpu });
/** @type {{file: string, backend: string, errors?: Record<string, number>, skipped?: string}[]} */
const rows = [];
let exitCode = 0;
try {
	for (const backend of backends)
		for (const { file, text } of files) rows.push(await compare(file, text, backend));
} finally {
	await page.close();
}
console.log(json ? JSON.stringify({ files: rows }, null, '\t') : table());
process.exit(exitCode);

/**
 * @param {string} file
 * @param {string} text
 * @param {string} backend
 */
async function compare(file, text, backend) {
	/** @type {import('./golden-page').Comparison} */
	const found = await page.call('compare', text, backend);
	if ('problem' in found) {
		console.error(`${file}: ${found.problem}`);
		exitCode = 2;
		return { file, backend, skipped: found.problem };
	}
	if ('reason' in found) {
		const skipped = found.reason.code;
		console.error(`${backend}: not compared: ${skipped}`);
		// A device with 16-bit floats only cannot agree; any other backend is expected to run.
		if (skipped !== 'half-precision') exitCode = Math.max(exitCode, 1);
		return { file, backend, skipped };
	}
	const errors = Object.fromEntries(
		// JSON has no infinity.
		Object.entries(found.errors).map(([name, error]) => [name, Math.min(error, Number.MAX_VALUE)])
	);
	if (!found.agrees) exitCode = Math.max(exitCode, 1);
	return { file, backend, errors };
}

function table() {
	const quantities = Object.keys(rows.find(({ errors }) => errors)?.errors ?? {});
	const head = ['file', 'backend', ...quantities];
	const lines = rows.map(({ file, backend, errors, skipped }) => [
		basename(file),
		backend,
		...(errors ? quantities.map((name) => errors[name].toExponential(1)) : [`skipped: ${skipped}`])
	]);
	const widths = head.map((name, i) =>
		Math.max(name.length, ...lines.filter((l) => l.length > 3).map((line) => line[i].length))
	);
	return [head, ...lines]
		.map((line) =>
			line
				.map((cell, i) => cell.padEnd(widths[i]))
				.join('  ')
				.trimEnd()
		)
		.join('\n');
}
