// `npm run presets`: trains every preset of the lab with two seeds, in the app's engine and in PyTorch, and writes the
// results to docs/presets.json. Tests compare them with the texts of the lab and the lessons.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureChromium } from './browser.mjs';
import { readArguments, oneOf } from './arguments.mjs';
import { loadModule } from './load.mjs';
import { openPage } from './page.mjs';
import { findTorch } from './python.mjs';
import { ROOT } from './run.mjs';
import { textTable } from './table.mjs';

const SEEDS = [1, 2];
const OUT = join(ROOT, 'docs/presets.json');
const DATA = join(ROOT, 'static/data/fashion-mnist');

/** @type {typeof import('../src/lib/lab/experiment/presets')} */
const { checkedDepth, OUTCOMES, PRESET_NAMES, PRESETS } = await loadModule(
	'lab/experiment/presets.ts'
);
/** @type {typeof import('../src/lib/lab/experiment/experiment')} */
const { laneNetwork, laneGates } = await loadModule('lab/experiment/experiment.ts');
/** @type {typeof import('../src/lib/lab/experiment/pretraining')} */
const { pretrainingStages } = await loadModule('lab/experiment/pretraining.ts');
/** @type {typeof import('../src/lib/data')} */
const { inputShape, makeBatch, openDataSet, parseManifest, Shuffler, testBatches } =
	await loadModule('data');
/** @type {typeof import('../src/lib/network')} */
const { analyse, withoutBlock } = await loadModule('network');
/** @type {typeof import('../src/lib/lab/studies/scales')} */
const { ASIDE } = await loadModule('lab/studies/scales.ts');
/** @type {typeof import('../src/lib/engine/initialise')} */
const { initialParameters } = await loadModule('engine/initialise.ts');

const HELP = `Usage: npm run presets -- [--preset NAME]

Trains every preset, or one, with seeds ${SEEDS.join(' and ')} in headless Chromium on wasm and in
PyTorch’s float64 (python3 with torch, or the interpreter in PYTHON), from the same weights on
the same images, and writes docs/presets.json. Ends with 1 where an outcome does not hold.

  --preset   ${PRESET_NAMES.join(', ')}`;

/** @type {{names: readonly import('../src/lib/lab/experiment/presets').PresetName[]}} */
const { names } = readArguments(HELP, { preset: { type: 'string' } }, ({ preset }) => ({
	names: preset === undefined ? PRESET_NAMES : [oneOf('--preset', preset, PRESET_NAMES)]
}));
const PYTHON = requireTorch();
await ensureChromium({ log: console.error });
const manifest = parseManifest(readFileSync(join(DATA, 'manifest.json'), 'utf8'));
const set = openDataSet(manifest, {
	load: async (file) => new Uint8Array(readFileSync(join(DATA, file))).buffer
});
await set.ready('train', manifest.splits.train.count);
await set.ready('test', 500);

const page = await openPage('/scripts/presets-page.ts', 'runPreset');
const scratch = mkdtempSync(join(tmpdir(), 'presets-'));
/**
 * Results by preset; those of presets that are not trained now stay.
 * @type {Record<string, unknown>}
 */
const kept = existsSync(OUT) ? JSON.parse(readFileSync(OUT, 'utf8')).presets : {};
/** @type {string[][]} */
const rows = [];
let pytorch = '';
try {
	for (const name of names) {
		const { steps, lesion, holds } = OUTCOMES[name];
		const base = PRESETS[name](checkedDepth(name));
		const runs = [];
		for (const seed of SEEDS) {
			const experiment = { ...base, seed };
			const ours = await page.call('runPreset', experiment, steps, lesion ?? false);
			const { version, lanes: torch } = await inPyTorch(experiment, steps, lesion ?? false);
			pytorch = `${version}, float64`;
			const fine = { ours: holds(ours), pytorch: holds(torch) };
			runs.push({ seed, ours, pytorch: torch });
			if (!fine.ours || !fine.pytorch) process.exitCode = 1;
			const both = /** @type {const} */ ([
				['ours', ours, fine.ours],
				['PyTorch', torch, fine.pytorch]
			]);
			for (const [where, readings, holds] of both)
				rows.push([
					name,
					String(seed),
					where,
					holds ? 'holds' : 'DOES NOT',
					...readings.map(inShort)
				]);
			console.error(`${name}, seed ${seed}: ours ${fine.ours}, PyTorch ${fine.pytorch}`);
		}
		kept[name] = { experiment: base, steps, runs };
	}
} finally {
	await page.close();
	rmSync(scratch, { recursive: true });
}
const presets = Object.fromEntries(
	PRESET_NAMES.flatMap((name) => (kept[name] ? [[name, kept[name]]] : []))
);
const [{ model }] = cpus();
const record = {
	made: new Date().toISOString().slice(0, 10),
	machine: `${model.trim()}, ${cpus().length} threads, wasm in headless Chromium`,
	pytorch,
	presets
};
writeFileSync(OUT, `${JSON.stringify(record, numbers, '\t')}\n`);
console.log(
	textTable(
		['preset', 'seed', 'where', 'outcome', 'networks: error (first / last gradient norm)'],
		rows
	)
);

/** Rounds to five digits, enough for every judgement. */
function numbers(/** @type {string} */ _, /** @type {unknown} */ value) {
	return typeof value === 'number' && !Number.isInteger(value)
		? Number(value.toPrecision(5))
		: value;
}

/** @param {import('../src/lib/lab/experiment/presets').PresetResult} reading */
function inShort({ error, stopped, first, last, lesion, aside }) {
	const end = error === null ? `stopped at ${stopped}` : `${(100 * error).toFixed(1)} %`;
	const without = lesion === null ? '' : `, without a block ${(100 * lesion).toFixed(1)} %`;
	const put = aside
		? `, without ${aside.blocks} put aside ${(100 * aside.without).toFixed(1)} % instead of ${(100 * aside.whole).toFixed(1)} %`
		: '';
	return `${end}${without}${put} (${first.toExponential(1)} / ${last.toExponential(1)})`;
}

/**
 * @param {import('../src/lib/lab/experiment/experiment').Experiment} experiment
 * @param {number} steps
 * @param {boolean} lesion
 * @returns {Promise<{version: string, lanes: import('../src/lib/lab/experiment/presets').PresetResult[]}>}
 */
async function inPyTorch(experiment, steps, lesion) {
	const { recipe, data, seed } = experiment;
	const input = inputShape(manifest, data);
	const shuffler = new Shuffler({
		seed,
		batch: recipe.batch,
		shardCounts: manifest.splits.train.shards.map((shard) => shard.count)
	});
	const longest = Math.max(steps, ...experiment.lanes.map((lane) => lane.pretraining?.steps ?? 0));
	const train = Array.from({ length: longest }, (_, step) =>
		makeBatch(set, shuffler.batch(step), { halve: data.halve, augment: null })
	);
	const test = testBatches(set, 500, 100, { halve: data.halve });
	const write = (/** @type {string} */ file, /** @type {typeof train} */ batches) => {
		const path = join(scratch, file);
		const parts = batches.flatMap(({ images, labels }) => [
			Buffer.from(images.buffer, images.byteOffset, images.byteLength),
			Buffer.from(labels.buffer, labels.byteOffset, labels.byteLength)
		]);
		writeFileSync(path, Buffer.concat(parts));
		return path;
	};
	const described = (/** @type {import('../src/lib/network').Network} */ network) => ({
		nodes: network.nodes,
		auxiliaryLosses: network.auxiliaryLosses,
		weights: Object.fromEntries(
			[...initialParameters(network, seed)].map(([name, values]) => [
				name,
				Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64')
			])
		)
	});
	const lanes = experiment.lanes.map((lane, index) => {
		const network = laneNetwork(lane, input);
		const analysed = analyse(network);
		const gates = laneGates(lane);
		const { pretraining } = lane;
		const stages = pretraining ? pretrainingStages(lane.network, pretraining, input) : [];
		return {
			...described(network),
			pretraining: stages.map(({ network, common, frozen }) => ({
				...described(network.network),
				common: Object.fromEntries(common),
				frozen: [...frozen],
				steps: pretraining?.steps
			})),
			gates: Object.fromEntries(
				analysed.blocks.flatMap(({ shortcut, index }) =>
					shortcut ? [[shortcut.to, gates[index]]] : []
				)
			),
			plan: (experiment.plan ?? []).filter((change) => change.lane === index),
			without: lesion
				? analysed.blocks.flatMap(({ index }) => {
						const without = withoutBlock(analysed, index);
						return without ? [{ nodes: without.nodes }] : [];
					})
				: []
		};
	});
	const job = {
		lanes,
		recipe,
		seed,
		steps,
		aside: ASIDE,
		shape: train[0].shape,
		testShape: test[0].shape,
		train: write('train.bin', train),
		test: write('test.bin', test)
	};
	const child = spawn(PYTHON, ['-W', 'ignore', join(ROOT, 'scripts/presets.py')], {
		stdio: ['pipe', 'pipe', 'inherit']
	});
	child.stdin.end(`${JSON.stringify(job)}\n`);
	let text = '';
	for await (const chunk of child.stdout) text += chunk;
	return JSON.parse(text);
}

/** @returns {string} */
function requireTorch() {
	const python = findTorch();
	if (python) return python;
	console.error(
		'No Python with PyTorch was found. Install it (Debian: python3-torch), or set PYTHON to an interpreter that has it.'
	);
	process.exit(1);
}
