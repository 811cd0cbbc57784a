// `npm run studies`: measures with several seeds what lessons 4 and 6 say of shattered gradients and of paths, and writes
// docs/shattered.json and docs/paths.json. Tests compare them with the texts.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { range } from 'd3';
import { positive, readArguments } from './arguments.mjs';
import { ensureChromium } from './browser.mjs';
import { measuredNow, writeNumbers } from './json.mjs';
import { loadModule } from './load.mjs';
import { openPage } from './page.mjs';
import { endOnSignals, ROOT } from './run.mjs';

/** @typedef {{depth?: number, seed: number, step: number, on: string}} Measured */
const PATHS = join(ROOT, 'docs/paths.json');
const LINES = join(ROOT, 'docs/shattered.json');

const HELP = `Usage: npm run studies -- [--seeds N] [--missing]

Measures, with several seeds in headless Chromium on wasm, the gradient by the length of
path in the trained residual network of “Removing a block” (docs/paths.json), and the
autocorrelation of gradients along a line in plain and residual networks of several
depths, before and after training (docs/shattered.json). Takes about a quarter of an hour.

  --seeds    how many (10)
  --missing  keeps the results that are there and measures with the other seeds`;

endOnSignals();
const { seeds, missing } = readArguments(
	HELP,
	{ seeds: { type: 'string', default: '10' }, missing: { type: 'boolean', default: false } },
	({ seeds, missing }) => ({ seeds: positive('--seeds', seeds), missing: Boolean(missing) })
);
/** @type {typeof import('../src/lib/lab/experiment/presets')} */
const { PRESETS, OUTCOMES } = await loadModule('lab/experiment/presets.ts');
/** @type {typeof import('../src/lib/lab/experiment/experiment')} */
const { changeLane, changeLanes } = await loadModule('lab/experiment/experiment.ts');

const SEEDS = range(1, seeds + 1);
/** Depths of the networks before training. */
const DEPTHS = [8, 20, 32, 56];
/** Depths of those after training, and numbers of steps. */
const TRAINED = [
	[20, 150],
	[56, 100]
];
/** With the learning rate of the deepest, for whoever trains the lesson's networks on. */
const degraded = PRESETS.degradation(56);
/** Each pair without normalisation, then with, as the lesson's link has them. */
const pairs = {
	...degraded,
	lanes: /** @type {const} */ (['none', 'batch']).flatMap((norm) =>
		degraded.lanes.map((_, lane) => changeLane(degraded, lane, { norm }).lanes[lane])
	)
};
const fresh = changeLanes(pairs, { depth: 20 });

await ensureChromium({ log: console.error });
const page = await openPage('/scripts/studies-page.ts', 'followPaths');
try {
	const about = await page.call('noiseAlong');
	await measure(
		LINES,
		{ made: 'npm run studies', experiment: fresh, ...about },
		[
			...DEPTHS.map((depth) => ({ depth, step: 0, experiment: changeLanes(fresh, { depth }) })),
			...TRAINED.map(([depth, step]) => ({ depth, step, experiment: PRESETS.degradation(depth) }))
		],
		(experiment, step) => page.call('followLine', experiment, step)
	);
	const { steps } = OUTCOMES.lesion;
	await measure(
		PATHS,
		{ made: 'npm run studies', network: 'residual-20', samples: 30 },
		[{ step: steps, experiment: PRESETS.lesion(20) }],
		(experiment, step) => page.call('followPaths', experiment, step, 1)
	);
} finally {
	await page.close();
}

/**
 * Makes the runs of every seed that are not there yet, and writes the file after each.
 * @param {string} path
 * @param {object} about
 * @param {{depth?: number, step: number, experiment: import('../src/lib/lab/experiment/experiment').Experiment}[]} kinds
 * @param {(experiment: import('../src/lib/lab/experiment/experiment').Experiment, step: number) => Promise<object>} follow
 */
async function measure(path, about, kinds, follow) {
	const keyOf = (/** @type {Omit<Measured, 'on'>} */ { depth, step, seed }) =>
		[depth, step, seed].join();
	/** @type {Measured[]} */
	const before = missing && existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).runs : [];
	const found = new Map(before.map((run) => [keyOf(run), run]));
	const wanted = kinds.flatMap((kind) => SEEDS.map((seed) => ({ ...kind, seed })));
	for (const { experiment, ...run } of wanted) {
		if (found.has(keyOf(run))) continue;
		const measured = await follow({ ...experiment, seed: run.seed }, run.step);
		found.set(keyOf(run), { ...run, ...measured, on: measuredNow() });
		const runs = wanted.flatMap((each) => found.get(keyOf(each)) ?? []);
		await writeNumbers(path, { ...about, runs });
		console.error(
			`${path.slice(ROOT.length + 1)}: ${Object.entries(run)
				.map(([name, value]) => `${name} ${value}`)
				.join(', ')}`
		);
	}
}
