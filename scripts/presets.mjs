// `npm run presets`: trains every preset of the lab with ten seeds, in the app's engine and in PyTorch, and writes the
// results to docs/presets.json. Tests compare them with the texts of the lab and the lessons.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ensureChromium } from './browser.mjs';
import { oneOf, positive, readArguments } from './arguments.mjs';
import { measuredNow, writeNumbers } from './json.mjs';
import { loadModule } from './load.mjs';
import { openPage } from './page.mjs';
import { ROOT } from './run.mjs';
import { textTable } from './table.mjs';
import { requireTorch } from './torch.mjs';

/**
 * @typedef {import('../src/lib/lab/experiment/presets').PresetName} PresetName
 * @typedef {import('../src/lib/lab/experiment/presets').PresetResult} PresetResult
 * @typedef {import('../src/lib/lab/experiment/experiment').Experiment} Experiment
 */
/**
 * A preset's results with one seed, by the app and by PyTorch, and when and with what they were computed; null where they
 * were not.
 * @typedef {{seed: number, ours: PresetResult[], oursOn: string, pytorch: PresetResult[] | null, pytorchOn: string | null}} PresetRun
 * @typedef {{experiment: Experiment, steps: number, runs: PresetRun[]}} Checked
 */
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
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
const { initialParameters, startOf } = await loadModule('engine/initialise.ts');

const HELP = `Usage: npm run presets -- [--preset NAME] [--pytorch N] [--missing]

Trains every preset, or one, with ${SEEDS.length} seeds in headless Chromium on wasm and in PyTorch’s
float64 (python3 with torch, or the interpreter in PYTHON), from the same weights on the same
images, and writes docs/presets.json after each. Ends with 1 where an outcome holds
with fewer seeds than it should. All take hours on two cores, most of them in PyTorch.

  --preset   ${PRESET_NAMES.join(', ')}
  --pytorch  number of seeds with which PyTorch trains too (${SEEDS.length})
  --missing  keeps the results of presets that have not changed, and trains with the other seeds`;

/** @type {{names: readonly PresetName[], inTorch: number, missing: boolean}} */
const { names, inTorch, missing } = readArguments(
	HELP,
	{
		preset: { type: 'string' },
		pytorch: { type: 'string', default: String(SEEDS.length) },
		missing: { type: 'boolean', default: false }
	},
	({ preset, pytorch, missing }) => ({
		names: preset === undefined ? PRESET_NAMES : [oneOf('--preset', preset, PRESET_NAMES)],
		inTorch: positive('--pytorch', pytorch),
		missing: Boolean(missing)
	})
);
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
 * @type {Partial<Record<PresetName, Checked>>}
 */
const kept = existsSync(OUT) ? JSON.parse(readFileSync(OUT, 'utf8')).presets : {};
try {
	for (const name of names) {
		const { steps, lesion = false } = OUTCOMES[name];
		const experiment = PRESETS[name](checkedDepth(name));
		const before = kept[name];
		const same = before?.steps === steps && isDeepStrictEqual(before.experiment, experiment);
		/** @type {PresetRun[]} */
		const runs = missing && same ? before.runs : [];
		const known = new Map(runs.map((run) => [run.seed, run]));
		for (const seed of SEEDS) {
			const before = known.get(seed);
			const wanted = { ours: !before, pytorch: seed <= inTorch && !before?.pytorch };
			if (!wanted.ours && !wanted.pytorch) continue;
			const seeded = { ...experiment, seed };
			const [ours, torch] = await Promise.all([
				wanted.ours ? page.call('runPreset', seeded, steps, lesion) : null,
				wanted.pytorch ? inPyTorch(seeded, steps, lesion) : null
			]);
			const nothing = { ours: [], oursOn: '', pytorch: null, pytorchOn: null };
			known.set(seed, {
				...(before ?? nothing),
				seed,
				...(ours && { ours, oursOn: measuredNow() }),
				...(torch && {
					pytorch: torch.lanes,
					pytorchOn: measuredNow(`PyTorch ${torch.version}, float64`)
				})
			});
			const inOrder = [...known.values()].sort((a, b) => a.seed - b.seed);
			kept[name] = { experiment, steps, runs: inOrder };
			await write();
			console.error(`${name}, seed ${seed}`);
		}
	}
} finally {
	await page.close();
	rmSync(scratch, { recursive: true });
}
/** @type {string[][]} */
const rows = [];
for (const name of names) {
	const { holds, least = SEEDS.length } = OUTCOMES[name];
	const runs = kept[name]?.runs ?? [];
	// Where PyTorch has not trained yet, nothing is said of it.
	for (const results of [
		runs.map(({ ours }) => ours),
		runs.flatMap(({ pytorch }) => (pytorch ? [pytorch] : []))
	])
		if (results.filter((lanes) => !holds(lanes)).length > SEEDS.length - least)
			process.exitCode = 1;
	for (const { seed, ours, pytorch } of runs)
		for (const [where, readings] of Object.entries({ ours, PyTorch: pytorch })) {
			if (!readings) continue;
			rows.push([
				name,
				String(seed),
				where,
				holds(readings) ? 'holds' : 'DOES NOT',
				...readings.map(inShort)
			]);
		}
}
console.log(
	textTable(
		['preset', 'seed', 'where', 'outcome', 'networks: error (first / last gradient norm)'],
		rows
	)
);

/** Writes all results, so that an interruption loses one seed of one preset at most. */
async function write() {
	const presets = Object.fromEntries(
		PRESET_NAMES.flatMap((name) => (kept[name] ? [[name, kept[name]]] : []))
	);
	await writeNumbers(OUT, { presets });
}

/** @param {PresetResult} reading */
function inShort({ error, stopped, first, last, lesion, aside }) {
	const end = error === null ? `stopped at ${stopped}` : `${(100 * error).toFixed(1)} %`;
	const without = lesion === null ? '' : `, without a block ${(100 * lesion).toFixed(1)} %`;
	const put = aside
		? `, without ${aside.blocks} put aside ${(100 * aside.without).toFixed(1)} % instead of ${(100 * aside.whole).toFixed(1)} %`
		: '';
	return `${end}${without}${put} (${first.toExponential(1)} / ${last.toExponential(1)})`;
}

/**
 * @param {Experiment} experiment
 * @param {number} steps
 * @param {boolean} lesion
 * @returns {Promise<{version: string, lanes: PresetResult[]}>}
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
	const described = (
		/** @type {import('../src/lib/network').Network} */ network,
		/** @type {ReadonlyMap<string, Float32Array>} */ start = initialParameters(network, seed)
	) => ({
		nodes: network.nodes,
		auxiliaryLosses: network.auxiliaryLosses,
		weights: Object.fromEntries(
			[...start].map(([name, values]) => [
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
			...described(network, startOf(lane, initialParameters(network, seed))),
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
		// Each network has a process, which would compete with the others by threads of its own.
		env: { ...process.env, OPENBLAS_NUM_THREADS: '1' },
		stdio: ['pipe', 'pipe', 'inherit']
	});
	child.stdin.end(`${JSON.stringify(job)}\n`);
	let text = '';
	for await (const chunk of child.stdout) text += chunk;
	return JSON.parse(text);
}
