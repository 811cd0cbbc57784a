// `npm run presets`: trains every preset of the lab with ten seeds, in the app's engine and in PyTorch, and writes the
// results to docs/presets.json. Tests compare them with the texts of the lab and the lessons.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ensureChromium } from './browser.mjs';
import { oneOf, positive, readArguments } from './arguments.mjs';
import { openPyTorch } from './in-pytorch.mjs';
import { measuredNow, writeNumbers } from './json.mjs';
import { loadModule } from './load.mjs';
import { openPage } from './page.mjs';
import { ROOT } from './run.mjs';
import { textTable } from './table.mjs';

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

/** @type {typeof import('../src/lib/lab/experiment/presets')} */
const { checkedDepth, OUTCOMES, PRESET_NAMES, PRESETS } = await loadModule(
	'lab/experiment/presets.ts'
);

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
const torch = await openPyTorch();
await ensureChromium({ log: console.error });
const page = await openPage('/scripts/presets-page.ts', 'runPreset');
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
			const [ours, theirs] = await Promise.all([
				wanted.ours ? page.call('runPreset', seeded, steps, lesion) : null,
				wanted.pytorch ? torch.train(seeded, steps, { lesion }) : null
			]);
			const nothing = { ours: [], oursOn: '', pytorch: null, pytorchOn: null };
			known.set(seed, {
				...(before ?? nothing),
				seed,
				...(ours && { ours, oursOn: measuredNow() }),
				...(theirs && { pytorch: theirs.lanes, pytorchOn: theirs.on })
			});
			const inOrder = [...known.values()].sort((a, b) => a.seed - b.seed);
			kept[name] = { experiment, steps, runs: inOrder };
			await write();
			console.error(`${name}, seed ${seed}`);
		}
	}
} finally {
	await page.close();
	torch.close();
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
