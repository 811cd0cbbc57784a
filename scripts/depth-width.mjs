// `npm run depth-width`: trains plain and residual networks of several depths and widths, as the lab's sweep does, in the
// app's engine and in PyTorch, and writes their errors to docs/depth-width.json. Tests compare them with the texts of lesson 7.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { positive, readArguments, wholeFrom } from './arguments.mjs';
import { ensureChromium } from './browser.mjs';
import { openPyTorch } from './in-pytorch.mjs';
import { measuredNow, writeNumbers } from './json.mjs';
import { loadModule } from './load.mjs';
import { openPage } from './page.mjs';
import { endOnSignals, ROOT } from './run.mjs';
import { textTable } from './table.mjs';

/**
 * @typedef {import('../src/lib/lab/studies/sweep/record').SweepSpec} SweepSpec
 * @typedef {import('../src/lib/lab/studies/sweep/record').SweepPoint} SweepPoint
 */
const OUT = join(ROOT, 'docs/depth-width.json');

/** @type {typeof import('../src/lib/lab/studies/sweep/record')} */
const { runsLeft, sameRun, sweepCells, SWEEP_MEASURES } = await loadModule(
	'lab/studies/sweep/record.ts'
);
/** @type {typeof import('../src/lib/lab/studies/sweep/settings')} */
const { SWEEP_SETTINGS } = await loadModule('lab/studies/sweep/settings.ts');
/** @type {typeof import('../src/lib/lab/experiment/sweep')} */
const { sweepExperiment } = await loadModule('lab/experiment/sweep.ts');
/** @type {typeof import('../src/lib/lab/depths')} */
const { PAIR_KINDS } = await loadModule('lab/depths.ts');

const HELP = `Usage: npm run depth-width -- [--steps N] [--seeds N] [--pytorch N] [--missing]

Trains a plain and a residual network of every depth (${SWEEP_SETTINGS.depth.first.join(', ')}) and width (${SWEEP_SETTINGS.width.first.join(', ')}) with
several seeds in headless Chromium on wasm, as the lab’s sweep does, and in PyTorch’s float64
(python3 with torch, or the interpreter in PYTHON), from the same weights on the same images,
and writes their training errors, test errors and gaps to docs/depth-width.json after each
pair. All take about half an hour on two cores, and two to three hours in PyTorch.

  --steps    of every network (300)
  --seeds    number of seeds (10)
  --pytorch  number of seeds with which PyTorch trains too (10)
  --missing  keeps the results that are there, if they have as many steps, and trains the others`;

endOnSignals();
/** @type {{spec: SweepSpec, inTorch: number, missing: boolean}} */
const { spec, inTorch, missing } = readArguments(
	HELP,
	{
		steps: { type: 'string', default: '300' },
		seeds: { type: 'string', default: '10' },
		pytorch: { type: 'string', default: '10' },
		missing: { type: 'boolean', default: false }
	},
	({ steps, seeds, pytorch, missing }) => ({
		spec: {
			axes: [
				{ setting: 'depth', values: SWEEP_SETTINGS.depth.first },
				{ setting: 'width', values: SWEEP_SETTINGS.width.first }
			],
			seeds: positive('--seeds', seeds),
			steps: positive('--steps', steps)
		},
		inTorch: wholeFrom(0, '--pytorch', pytorch),
		missing: Boolean(missing)
	})
);
/**
 * A network's errors, with the gap between them, by the app and by PyTorch, and when and with what it was trained; null
 * where PyTorch has not.
 * @typedef {{trainingError: number | null, testError: number | null, gap: number}} Errors
 * @typedef {SweepPoint & Errors & {on: string, pytorch: Errors | null, pytorchOn: string | null}} Trained
 */
/** @type {{spec: SweepSpec, points: Trained[]} | null} */
const before = missing && existsSync(OUT) ? JSON.parse(readFileSync(OUT, 'utf8')) : null;
const same = before?.spec.steps === spec.steps && isDeepStrictEqual(before.spec.axes, spec.axes);
/** @type {Trained[]} */
let points = same && before ? before.points.filter(({ seed }) => seed <= spec.seeds) : [];

/**
 * @param {SweepPoint} point
 * @returns {number} NaN where a number is not finite
 */
const gapOf = (point) => sweepCells(spec.axes, [point], point.kind, 'gap')[0].mean;

const torch = inTorch > 0 ? await openPyTorch() : null;
await ensureChromium({ log: console.error });
const page = await openPage('/scripts/depth-width-page.ts', 'runPair');
try {
	const runs = runsLeft(spec, []);
	const pairOf = (/** @type {import('../src/lib/lab/studies/sweep/record').SweepRun} */ run) =>
		points.filter((point) => sameRun(point, run));
	for (const run of runs) {
		const known = pairOf(run);
		const asked = run.seed <= inTorch && !known.some(({ pytorch }) => pytorch) ? torch : null;
		if (known.length && !asked) continue;
		const began = performance.now();
		/** @type {Trained[]} */
		let pair = known;
		if (!known.length) {
			/** @type {SweepPoint[]} */
			const trained = await page.call('runPair', spec, run);
			const made = { on: measuredNow(), pytorch: null, pytorchOn: null };
			pair = trained.map((point) => ({ ...point, gap: gapOf(point), ...made }));
		}
		if (asked) {
			const theirs = await asked.train(sweepExperiment(spec, run), spec.steps, { tested: true });
			pair = pair.map((point) => {
				const { error: trainingError, testError = null } =
					theirs.lanes[PAIR_KINDS.indexOf(point.kind)];
				const errors = { trainingError, testError };
				const gap = gapOf({ ...point, ...errors });
				return { ...point, pytorch: { ...errors, gap }, pytorchOn: theirs.on };
			});
		}
		points = [...points.filter((point) => !known.includes(point)), ...pair];
		await writeNumbers(OUT, { spec, points: runs.flatMap(pairOf) });
		const seconds = ((performance.now() - began) / 1000).toFixed(0);
		console.error(`depth ${run.values[0]}, width ${run.values[1]}, seed ${run.seed}: ${seconds} s`);
	}
} finally {
	await page.close();
	torch?.close();
}

const percent = (/** @type {number} */ share) => (100 * share).toFixed(1);
console.log(
	textTable(
		['network', 'depth', 'width', ...SWEEP_MEASURES.map((measure) => `${measure} (range), %`)],
		PAIR_KINDS.flatMap((kind) => {
			const measures = SWEEP_MEASURES.map((measure) =>
				sweepCells(spec.axes, points, kind, measure)
			);
			return measures[0].map(({ values }, i) => [
				kind,
				...values.map(String),
				...measures.map((cells) => {
					const { mean, least, largest } = cells[i];
					return `${percent(mean)} (${percent(least)} to ${percent(largest)})`;
				})
			]);
		}),
		1
	)
);
