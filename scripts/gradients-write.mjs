// Writes `src/lib/engine/golden/gradients/expected.json`: what passes through the nodes of some golden files' networks,
// as PyTorch computes it in float64.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadModule } from './load.mjs';
import { findTorch } from './python.mjs';
import { ROOT } from './run.mjs';

const FOLDER = join(ROOT, 'src/lib/engine/golden');
const NAMES = ['residual-14-gated', 'residual-8-b', 'preactivation', 'googlenet-mini'];

/** @type {typeof import('../src/lib/engine/golden/parse')} */
const { parseGolden } = await loadModule('engine/golden/parse.ts');
/** @type {typeof import('../src/lib/export/testing/golden')} */
const { torchJob } = await loadModule('export/testing/golden.ts');

const jobs = NAMES.map((name) => {
	const job = torchJob(parseGolden(JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8'))));
	const scores = job.labels.map((label) => (label + 1) % 5);
	const ways = Object.fromEntries(Object.keys(job.gates).map((add, i) => [add, i % 2]));
	const passes = [
		{ training: true, scores: null, ways: {} },
		{ training: false, scores: null, ways: {} },
		{ training: false, scores, ways: {} },
		...(Object.keys(ways).length ? [{ training: false, scores: null, ways }] : [])
	];
	return { ...job, images: { ...job.images, values: Array.from(job.images.values) }, passes };
});
const python = findTorch();
if (!python) {
	console.error('No Python with PyTorch was found. Install it (Debian: python3-torch).');
	process.exit(2);
}
const { status, stdout } = spawnSync(python, ['-W', 'ignore', join(ROOT, 'scripts/gradients.py')], {
	input: JSON.stringify(jobs),
	encoding: 'utf8',
	maxBuffer: 2 ** 28,
	stdio: ['pipe', 'pipe', 'inherit']
});
if (status !== 0) process.exit(2);
const found = JSON.parse(stdout, (_, value) =>
	typeof value === 'number' ? Number(value.toPrecision(9)) : value
);
const written = jobs.map(({ passes }, i) => ({
	file: NAMES[i],
	passes: passes.map((pass, k) => ({ ...pass, ...found[i][k] }))
}));
writeFileSync(join(FOLDER, 'gradients/expected.json'), `${JSON.stringify(written)}\n`);
