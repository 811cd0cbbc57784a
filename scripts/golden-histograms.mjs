// `npm run golden:histograms`: writes the histograms that PyTorch counts in float64 in the first step of some golden
// files, which `engine/golden/histograms` compares with the engine's.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadModule } from './load.mjs';
import { ROOT } from './run.mjs';
import { askTorch } from './torch.mjs';

const GOLDEN = join(ROOT, 'src/lib/engine/golden');
const TARGET = join(GOLDEN, 'histograms/expected.json');

/** Post- and pre-activation, a plain network with vanishing gradients, other paths, biases without normalisation. */
const NAMES = [
	'residual-8-b',
	'preactivation',
	'plain-20-sigmoid',
	'se-mini',
	'residual-8-nobn-tanh'
];

/** @type {typeof import('../src/lib/engine/golden/parse')} */
const { parseGolden } = await loadModule('engine/golden/parse.ts');
/** @type {typeof import('../src/lib/export/testing/golden')} */
const { torchJob } = await loadModule('export/testing/golden.ts');
/** @type {typeof import('../src/lib/engine/plan/compile')} */
const { compile } = await loadModule('engine/plan/compile.ts');
/** @type {typeof import('../src/lib/engine/histogram')} */
const { countedMaps } = await loadModule('engine/histogram.ts');

const jobs = NAMES.map((name) => {
	const golden = parseGolden(JSON.parse(readFileSync(join(GOLDEN, `${name}.json`), 'utf8')));
	const plan = compile(golden.network);
	const { layers } = plan.network;
	/** @type {Record<string, string>[]} */
	const maps = layers.map(() => ({}));
	for (const { what, layer, node } of countedMaps(plan)) maps[layer][what] = node;
	return { ...torchJob(golden), layers: layers.map(({ id }) => id), maps };
});
const counted = askTorch('golden_histograms.py', jobs, 17);
writeFileSync(
	TARGET,
	`${JSON.stringify(Object.fromEntries(NAMES.map((name, i) => [name, counted[i]])))}\n`
);
