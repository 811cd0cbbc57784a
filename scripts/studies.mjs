// `npm run studies`: measures with several seeds what lessons 4 to 7 say of shattered gradients, of F(x) beside x, of paths
// and of networks of 110 layers, and writes docs/shattered.json, docs/terms.json, docs/paths.json and docs/deep.json. Tests
// compare them with the texts.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { range } from 'd3';
import { positive, readArguments, wholeFrom } from './arguments.mjs';
import { ensureChromium } from './browser.mjs';
import { openPyTorch } from './in-pytorch.mjs';
import { measuredNow, writeNumbers } from './json.mjs';
import { loadModule } from './load.mjs';
import { openPage } from './page.mjs';
import { endOnSignals, ROOT } from './run.mjs';

/**
 * What one seed tells of a depth and a step, by the app and by PyTorch, and when and with what it was computed; null where
 * PyTorch has not.
 * @typedef {{depth?: number, seed: number, step: number, on: string, pytorch: object | null, pytorchOn: string | null}} Measured
 * @typedef {import('../src/lib/lab/experiment/experiment').Experiment} Experiment
 * @typedef {import('../src/lib/lab/experiment/presets').PresetResult} PresetResult
 * @typedef {import('./in-pytorch.mjs').TorchResult} TorchResult
 */
const PATHS = join(ROOT, 'docs/paths.json');
const LINES = join(ROOT, 'docs/shattered.json');
const TERMS = join(ROOT, 'docs/terms.json');
const DEEP = join(ROOT, 'docs/deep.json');

/** Points of a line, and lags of its autocorrelation that are kept. */
const [POINTS, LAGS] = [64, 9];
const PATHS_FOLLOWED = /** @type {const} */ ({ seed: 1, samples: 30 });

const HELP = `Usage: npm run studies -- [--seeds N] [--pytorch N] [--missing]

Measures, with several seeds in headless Chromium on wasm and in PyTorch’s float64 (python3 with
torch, or the interpreter in PYTHON), the gradient by the length of path in the trained
residual network of “Removing a block” (docs/paths.json), the norms of x and F(x) in every block
of that of “Degradation” (docs/terms.json), training errors and gradients of its networks with 110
layers (docs/deep.json), and the autocorrelation of gradients along a line in plain and residual
networks of several depths, before and after training (docs/shattered.json). Takes about a quarter
of an hour, and longer in PyTorch.

  --seeds    how many (10)
  --pytorch  with how many of them PyTorch measures too (10)
  --missing  keeps the results that are there and measures the others`;

endOnSignals();
const { seeds, inTorch, missing } = readArguments(
	HELP,
	{
		seeds: { type: 'string', default: '10' },
		pytorch: { type: 'string', default: '10' },
		missing: { type: 'boolean', default: false }
	},
	({ seeds, pytorch, missing }) => ({
		seeds: positive('--seeds', seeds),
		inTorch: wholeFrom(0, '--pytorch', pytorch),
		missing: Boolean(missing)
	})
);
/** @type {typeof import('../src/lib/lab/experiment/presets')} */
const { PRESETS, OUTCOMES } = await loadModule('lab/experiment/presets.ts');
/** @type {typeof import('../src/lib/lab/experiment/experiment')} */
const { changeLane, changeLanes } = await loadModule('lab/experiment/experiment.ts');
/** @type {typeof import('../src/lib/lab/studies/shattered/correlation')} */
const { lagBelow, noiseCorrelation, NOISES } = await loadModule(
	'lab/studies/shattered/correlation.ts'
);

const SEEDS = range(1, seeds + 1);
/** Depths of the networks before training. */
const DEPTHS = [8, 20, 32, 56];
/** Depths of those after training, and numbers of steps. */
const TRAINED = [
	[20, 150],
	[56, 100]
];
const shown = PRESETS.degradation(20);
/** Each pair without normalisation, then with, as the lesson's link has them. */
const fresh = {
	...shown,
	lanes: /** @type {const} */ (['none', 'batch']).flatMap((norm) =>
		shown.lanes.map((_, lane) => changeLane(shown, lane, { norm }).lanes[lane])
	)
};

const reduced = (/** @type {readonly number[]} */ correlation) => ({
	correlation: correlation.slice(0, LAGS),
	half: lagBelow(correlation, 0.5)
});
/**
 * What the networks of an experiment have, from the autocorrelation of each.
 * @param {Experiment} experiment
 * @param {readonly (readonly number[] | undefined)[]} correlations
 */
const networksOf = ({ lanes }, correlations) =>
	lanes.flatMap(({ network }, lane) => {
		const { shortcut, norm } = /** @type {{shortcut: string, norm: string}} */ (network);
		const correlation = correlations[lane];
		const kind = shortcut === 'none' ? 'plain' : 'residual';
		return correlation ? [{ kind, norm, ...reduced(correlation) }] : [];
	});

const torch = inTorch > 0 ? await openPyTorch() : null;
await ensureChromium({ log: console.error });
const page = await openPage('/scripts/studies-page.ts', 'followPaths');
try {
	const noise = Object.fromEntries(
		NOISES.map((noise) => [noise, reduced(noiseCorrelation(noise, POINTS))])
	);
	await measure(
		LINES,
		{ made: 'npm run studies', experiment: fresh, points: POINTS, noise },
		[
			...DEPTHS.map((depth) => ({ depth, step: 0, experiment: changeLanes(fresh, { depth }) })),
			...TRAINED.map(([depth, step]) => ({ depth, step, experiment: PRESETS.degradation(depth) }))
		],
		async (experiment, step) => {
			const { images, correlations } = await page.call('followLine', experiment, step, POINTS);
			return { images, networks: networksOf(experiment, correlations) };
		},
		{ points: POINTS },
		(experiment, lanes) => ({
			networks: networksOf(
				experiment,
				lanes.map(({ correlation }) => correlation)
			)
		})
	);
	const lane = 1;
	await measure(
		TERMS,
		{ made: 'npm run studies', network: 'residual-20' },
		[{ step: OUTCOMES.degradation.steps, experiment: shown }],
		(experiment, step) => page.call('normTerms', experiment, step, lane),
		{ terms: true },
		(_, lanes) => ({ terms: lanes[lane].terms })
	);
	await measure(
		PATHS,
		{ made: 'npm run studies', network: 'residual-20', samples: PATHS_FOLLOWED.samples },
		[{ step: OUTCOMES.lesion.steps, experiment: PRESETS.lesion(20) }],
		(experiment, step) => page.call('followPaths', experiment, step, lane, PATHS_FOLLOWED),
		{ paths: PATHS_FOLLOWED },
		(_, lanes) => ({ norms: lanes[lane].norms })
	);
	const learned = (/** @type {readonly PresetResult[]} */ lanes) => ({
		networks: lanes.map(({ error, first, last }) => ({ error, first, last }))
	});
	await measure(
		DEEP,
		{ made: 'npm run studies', networks: ['plain-110', 'residual-110'] },
		[{ step: 50, experiment: PRESETS.degradation(110) }],
		async (experiment, step) => learned(await page.call('runPreset', experiment, step, false)),
		{},
		(_, lanes) => learned(lanes)
	);
} finally {
	await page.close();
	torch?.close();
}

/**
 * Makes the runs of every seed that are not there yet, and writes the file after each.
 * @param {string} path
 * @param {object} about
 * @param {{depth?: number, step: number, experiment: Experiment}[]} kinds
 * @param {(experiment: Experiment, step: number) => Promise<object>} follow in the app
 * @param {import('./in-pytorch.mjs').Wanted} wanted of PyTorch
 * @param {(experiment: Experiment, lanes: readonly (PresetResult & TorchResult)[]) => object} told from what PyTorch finds
 */
async function measure(path, about, kinds, follow, wanted, told) {
	const keyOf = (/** @type {Pick<Measured, 'depth' | 'step' | 'seed'>} */ { depth, step, seed }) =>
		[depth, step, seed].join();
	/** @type {Measured[]} */
	const before = missing && existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).runs : [];
	const found = new Map(before.map((run) => [keyOf(run), run]));
	const all = SEEDS.flatMap((seed) => kinds.map((kind) => ({ ...kind, seed })));
	for (const { experiment, ...run } of all) {
		const known = found.get(keyOf(run));
		const asked = run.seed <= inTorch && !known?.pytorch ? torch : null;
		if (known && !asked) continue;
		const seeded = { ...experiment, seed: run.seed };
		const theirs = await asked?.train(seeded, run.step, wanted);
		found.set(keyOf(run), {
			...(known ?? {
				...{ ...run, ...(await follow(seeded, run.step)), on: measuredNow() },
				...{ pytorch: null, pytorchOn: null }
			}),
			...(theirs && { pytorch: told(seeded, theirs.lanes), pytorchOn: theirs.on })
		});
		const runs = kinds.flatMap((kind) =>
			SEEDS.flatMap((seed) => found.get(keyOf({ ...kind, seed })) ?? [])
		);
		await writeNumbers(path, { ...about, runs });
		console.error(
			`${path.slice(ROOT.length + 1)}: ${Object.entries(run)
				.map(([name, value]) => `${name} ${value}`)
				.join(', ')}`
		);
	}
}
