/** The same experiment here and in PyTorch, and its record back; passed over where no Python has PyTorch. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadModule } from '../scripts/load.mjs';
import { findTorch } from '../scripts/torch.mjs';
import { expect, test } from './test';
import { openLab, openRecord, saveRecord, stepTo } from './lab';

const run = promisify(execFile);
const PYTHON = findTorch();
const STEPS = 5;
/** Of a loss, and of the largest norm among those of one kind. */
const CLOSE = 1e-3;

type Presets = typeof import('../src/lib/lab/presets');
type Experiments = typeof import('../src/lib/lab/experiment');
type Links = typeof import('../src/lib/lab/link');
type LaneChange = import('../src/lib/lab/experiment').LaneChange;

interface Metrics {
	loss: number;
	gradientNorms: number[];
	blockOutputGradientNorms: number[];
	blockOutputStd: number[];
	weightNorms: number[];
	updateNorms: number[];
}

test.describe('in PyTorch', () => {
	test.skip(!PYTHON, 'no Python with PyTorch is here');
	let folder: string;
	test.beforeEach(async () => {
		folder = await mkdtemp(join(tmpdir(), 'export-'));
	});
	test.afterEach(() => rm(folder, { recursive: true }));

	const LANES: Record<string, LaneChange[]> = {
		'plain and residual': [{ shortcut: 'none' }, { shortcut: 'A' }],
		'projections, and pre-activation': [{ shortcut: 'C' }, { shortcut: 'B', order: 'pre' }],
		'without normalisation': [
			{ shortcut: 'none', batchNorm: false, activation: 'tanh', initialisation: 'xavier' },
			{ shortcut: 'A', batchNorm: false, initialisation: 'zero-residual' }
		]
	};
	for (const [name, lanes] of Object.entries(LANES))
		test(`${name}: five steps give the losses and norms of the browser`, async ({ page }) => {
			const { PRESETS } = (await loadModule('lab/presets.ts')) as Presets;
			const { lane } = (await loadModule('lab/experiment.ts')) as Experiments;
			const { writeLink } = (await loadModule('lab/link.ts')) as Links;
			const preset = PRESETS.degradation(8);
			const experiment = {
				...preset,
				lanes: lanes.map((change) => lane({ ...change, depth: 8 })),
				// Gently: at the preset's rate the first steps are so wild that rounding grows a thousandfold.
				recipe: { ...preset.recipe, learningRate: 0.003 },
				seed: 2
			};
			const link = String(writeLink(experiment));
			await openLab(page, `?${link}&backend=wasm`);
			await stepTo(page, STEPS);
			const { record: ours } = await saveRecord(page);

			const out = join(folder, 'project');
			await run(process.execPath, [
				'scripts/export.mjs',
				`?${link}`,
				...['--to', 'pytorch', '--out', out, '--steps', String(STEPS)]
			]);
			const weights = ['--weights', 'initial-1.safetensors', '--weights', 'initial-2.safetensors'];
			await run(PYTHON!, ['train.py', '--double', ...weights], { cwd: out });
			const file = join(out, 'run/record.json');
			const theirs = JSON.parse(await readFile(file, 'utf8')) as typeof ours;

			for (let step = 0; step < STEPS; step++)
				for (const lane of [0, 1]) {
					const own = ours.steps[step].lanes[lane] as unknown as Metrics;
					const other = theirs.steps[step].lanes[lane] as unknown as Metrics;
					const where = `step ${step + 1}, network ${lane + 1}`;
					// Where a ReLU stands at its kink, one rounding more or less moves a single small norm by more.
					const near = (a: number, b: number, scale: number, what: string) =>
						expect(Math.abs(a - b), `${where}, ${what}: ${a}, ${b}`).toBeLessThanOrEqual(
							CLOSE * scale
						);
					near(own.loss, other.loss, other.loss, 'loss');
					for (const key of [
						'gradientNorms',
						'blockOutputGradientNorms',
						'blockOutputStd',
						'weightNorms',
						'updateNorms'
					] as const) {
						expect(own[key]).toHaveLength(other[key].length);
						const largest = Math.max(...other[key]);
						own[key].forEach((value, i) => near(value, other[key][i], largest, `${key} ${i}`));
					}
				}

			// Back in the lab, among the browser's runs.
			await openRecord(page, file);
			await expect(page.getByTestId('replay')).toContainText('pytorch');
			await expect(page.getByTestId('replay')).toContainText('1 process');
			await expect(page.getByTestId('training-error').first()).not.toHaveText('–');
		});
});
