// `npm run depth-width`: trains plain and residual networks of several depths and widths, as the lab's sweep does, and
// writes their errors to docs/depth-width.json. Tests compare them with the texts of lesson 7.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { positive, readArguments } from './arguments.mjs';
import { ensureChromium } from './browser.mjs';
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
const { runsLeft, sweepCells, SWEEP_MEASURES } = await loadModule('lab/studies/sweep/record.ts');
/** @type {typeof import('../src/lib/lab/studies/sweep/settings')} */
const { SWEEP_SETTINGS } = await loadModule('lab/studies/sweep/settings.ts');
/** @type {typeof import('../src/lib/lab/depths')} */
const { PAIR_KINDS } = await loadModule('lab/depths.ts');

const HELP = `Usage: npm run depth-width -- [--steps N] [--seeds N] [--missing]

Trains a plain and a residual network of every depth (${SWEEP_SETTINGS.depth.first.join(', ')}) and width (${SWEEP_SETTINGS.width.first.join(', ')}) with
several seeds in headless Chromium on wasm, as the lab’s sweep does, and writes their
training errors, test errors and gaps to docs/depth-width.json after each pair. All take
about half an hour on two cores.

  --steps    of every network (300)
  --seeds    number of seeds (10)
  --missing  keeps the results that are there, if they have as many steps, and trains the others`;

endOnSignals();
/** @type {{spec: SweepSpec, missing: boolean}} */
const { spec, missing } = readArguments(
	HELP,
	{
		steps: { type: 'string', default: '300' },
		seeds: { type: 'string', default: '10' },
		missing: { type: 'boolean', default: false }
	},
	({ steps, seeds, missing }) => ({
		spec: {
			axes: [
				{ setting: 'depth', values: SWEEP_SETTINGS.depth.first },
				{ setting: 'width', values: SWEEP_SETTINGS.width.first }
			],
			seeds: positive('--seeds', seeds),
			steps: positive('--steps', steps)
		},
		missing: Boolean(missing)
	})
);
/**
 * A network's errors, with the gap between them, and the day on which and the machine on which it was trained.
 * @typedef {SweepPoint & {gap: number, on: string}} Trained
 */
/** @type {{spec: SweepSpec, points: Trained[]} | null} */
const before = missing && existsSync(OUT) ? JSON.parse(readFileSync(OUT, 'utf8')) : null;
const same = before?.spec.steps === spec.steps && isDeepStrictEqual(before.spec.axes, spec.axes);
/** @type {Trained[]} */
const points = same && before ? before.points.filter(({ seed }) => seed <= spec.seeds) : [];

await ensureChromium({ log: console.error });
const page = await openPage('/scripts/depth-width-page.ts', 'runPair');
try {
	for (const run of runsLeft(spec, points)) {
		const began = performance.now();
		/** @type {SweepPoint[]} */
		const pair = await page.call('runPair', spec, run);
		const on = measuredNow();
		for (const point of pair) {
			const [{ mean: gap }] = sweepCells(spec.axes, [point], point.kind, 'gap');
			points.push({ ...point, gap, on });
		}
		await writeNumbers(OUT, { spec, points });
		const seconds = ((performance.now() - began) / 1000).toFixed(0);
		console.error(`depth ${run.values[0]}, width ${run.values[1]}, seed ${run.seed}: ${seconds} s`);
	}
} finally {
	await page.close();
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
