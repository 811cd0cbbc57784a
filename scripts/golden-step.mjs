// `npm run golden:step`: writes the second training step of some golden files, as PyTorch computes it in float64, to
// `src/lib/lab/studies/step/expected.json`.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadModule } from './load.mjs';
import { ROOT } from './run.mjs';
import { askTorch } from './torch.mjs';

/** With projections; clipped, without shortcuts; the other optimisers; a gated shortcut half open; gates that both terms of a block read. */
const NAMES = [
	'residual-8-b',
	'plain-8-clipped',
	'residual-8-adam-leaky',
	'adamw-decayed',
	'rmsprop',
	'residual-14-gated',
	'highway-mini'
];
/** Index in the batch of the image whose gradients are told. */
const IMAGE = 1;

/** @type {typeof import('../src/lib/engine/golden/golden')} */
const { goldenCases } = await loadModule('engine/golden/golden.ts');
/** @type {typeof import('../src/lib/export/testing/golden')} */
const { torchJob } = await loadModule('export/testing/golden.ts');
/** @type {typeof import('../src/lib/network')} */
const { analyse, blockParts } = await loadModule('network/index.ts');

const folder = join(ROOT, 'src/lib/engine/golden');
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
const cases = goldenCases(
	Object.fromEntries(
		files.map((file) => [`./${file}`, JSON.parse(readFileSync(join(folder, file), 'utf8'))])
	)
);

const jobs = NAMES.map((name) => {
	const golden = cases.find((one) => one.name === name)?.golden;
	if (!golden) throw new Error(`There is no golden file ${name}.`);
	const job = torchJob(golden);
	const network = analyse(golden.network);
	const { blocks, layers, parameters } = network;
	return {
		...job,
		image: IMAGE,
		terms: blocks.filter(({ shortcut }) => shortcut).map(({ index }) => blockParts(network, index)),
		kernels: layers.map(({ kernel }) => parameters[kernel].name)
	};
});
const found = askTorch('golden_step.py', jobs, 9);
const written = NAMES.map((file, i) => ({ file, image: IMAGE, ...found[i] }));
writeFileSync(join(ROOT, 'src/lib/lab/studies/step/expected.json'), `${JSON.stringify(written)}\n`);
