// `npm run golden:gradients`: writes what passes through the nodes of some golden files' networks, as PyTorch computes it
// in float64: node by node to `src/lib/engine/golden/gradients/expected.json`, and by the ways through blocks to
// `src/lib/lab/studies/travel/expected.json`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadModule } from './load.mjs';
import { ROOT } from './run.mjs';
import { askTorch, waysOf } from './torch.mjs';

const FOLDER = join(ROOT, 'src/lib/engine/golden');
const NAMES = ['residual-14-gated', 'residual-8-b', 'preactivation', 'googlenet-mini'];
/** Networks whose blocks and paths are followed. In those of `highway-mini` both terms of a block read the same node. */
const TRAVELLED = ['residual-14-gated', 'residual-8-b', 'preactivation', 'highway-mini', 'se-mini'];

/** @type {typeof import('../src/lib/engine/golden/parse')} */
const { parseGolden } = await loadModule('engine/golden/parse.ts');
/** @type {typeof import('../src/lib/export/testing/golden')} */
const { torchJob } = await loadModule('export/testing/golden.ts');
/** @type {typeof import('../src/lib/network')} */
const { analyse, blockParts } = await loadModule('network/index.ts');
/** @type {typeof import('../src/lib/lab/studies/travel/sample')} */
const { drawAllPaths, openBlocks } = await loadModule('lab/studies/travel/sample.ts');

/** @param {string} name */
const goldenOf = (name) =>
	parseGolden(JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')));
/**
 * The job of a golden file without anything to compute.
 * @param {string} name
 */
const emptyJob = (name) => ({ ...torchJob(goldenOf(name)), ...NOTHING });
const NOTHING = { passes: [], blocks: [], paths: [] };

const jobs = NAMES.map((name) => {
	const job = emptyJob(name);
	const scores = job.labels.map((label) => (label + 1) % 5);
	const ways = Object.fromEntries(Object.keys(job.gates).map((add, i) => [add, i % 2]));
	const passes = [
		{ training: true, scores: null, ways: {} },
		{ training: false, scores: null, ways: {} },
		{ training: false, scores, ways: {} },
		...(Object.keys(ways).length ? [{ training: false, scores: null, ways }] : [])
	];
	return { ...job, passes };
});
const travelled = TRAVELLED.map((name) => {
	const { network, gates = [] } = goldenOf(name);
	const analysed = analyse(network);
	const blocks = analysed.blocks.filter(({ shortcut }) => shortcut);
	const open = openBlocks(analysed, gates);
	const paths = drawAllPaths(open, 3, 1).flat();
	const ways = paths.map((branches) => waysOf(analysed, open, branches));
	const parts = blocks.map(({ index }) => blockParts(analysed, index));
	return {
		name,
		image: network.nodes[0].id,
		paths,
		job: { ...emptyJob(name), blocks: parts, paths: ways }
	};
});
const found = askTorch('golden_gradients.py', [...jobs, ...travelled.map(({ job }) => job)], 9);
const written = jobs.map(({ passes }, i) => ({
	file: NAMES[i],
	passes: passes.map((pass, k) => ({ ...pass, ...found[i].passes[k] }))
}));
writeFileSync(join(FOLDER, 'gradients/expected.json'), `${JSON.stringify(written)}\n`);
const ways = travelled.map(({ name, image, paths }, i) => {
	const { blocks, paths: nodes } = found[jobs.length + i];
	const norms = nodes.map((/** @type {any} */ of) => of[image]?.total[0] ?? 0);
	return { file: name, blocks, paths, norms };
});
writeFileSync(join(ROOT, 'src/lib/lab/studies/travel/expected.json'), `${JSON.stringify(ways)}\n`);
