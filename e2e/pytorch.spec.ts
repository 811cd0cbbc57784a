/** The same experiment in the app and in the exported PyTorch project, and its record back. Skipped without PyTorch. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { loadModule } from '../scripts/load.mjs';
import { findTorch } from '../scripts/python.mjs';
import { expect, test } from './test';
import { openExport, openLab, openRecord, saveRecord, stepTo, trainAndTest } from './lab';

const run = promisify(execFile);
const PYTHON = findTorch();
const STEPS = 5;
/** Largest difference, relative to a loss, or to the largest norm of its kind. */
const CLOSE = 1e-3;

type Presets = typeof import('../src/lib/lab/experiment/presets');
type Experiments = typeof import('../src/lib/lab/experiment/experiment');
type Links = typeof import('../src/lib/lab/experiment/link');
type LaneChange = import('../src/lib/lab/experiment/laneNetwork').LaneChange;

interface Metrics {
	loss: number;
	gradientNorms: number[];
	blockOutputGradientNorms: number[];
	blockOutputStd: number[];
	weightNorms: number[];
	updateNorms: number[];
	deadShares: (number | 'NaN')[];
}

test.describe('in PyTorch', () => {
	test.skip(!PYTHON, 'no Python with PyTorch is installed');
	let folder: string;
	test.beforeEach(async () => {
		folder = await mkdtemp(join(tmpdir(), 'export-'));
	});
	test.afterEach(() => rm(folder, { recursive: true }));

	const LANES: Record<string, LaneChange[]> = {
		'plain and residual': [{ shortcut: 'none' }, { shortcut: 'A' }],
		'projections, and pre-activation': [{ shortcut: 'C' }, { shortcut: 'B', order: 'pre' }],
		'without normalisation': [
			{ shortcut: 'none', norm: 'none', activation: 'tanh', initialisation: 'xavier' },
			{ shortcut: 'A', norm: 'none', initialisation: 'zero-residual' }
		]
	};
	for (const [name, lanes] of Object.entries(LANES))
		test(`${name}: five steps give the losses and norms of the browser`, async ({ page }) => {
			const { PRESETS } = (await loadModule('lab/experiment/presets.ts')) as Presets;
			const { lane } = (await loadModule('lab/experiment/experiment.ts')) as Experiments;
			const { writeLabLink } = (await loadModule('lab/experiment/link.ts')) as Links;
			const preset = PRESETS.degradation(8);
			const experiment = {
				...preset,
				lanes: lanes.map((change) => lane({ ...change, depth: 8 })),
				// At the preset's learning rate the first steps amplify rounding a thousandfold, so a smaller one.
				recipe: { ...preset.recipe, learningRate: 0.003 },
				seed: 2
			};
			const link = String(writeLabLink(experiment));
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
					// A small norm changes by more where rounding pushes a unit across the kink of its ReLU.
					const near = (a: number, b: number, scale: number, what: string) =>
						expect(Math.abs(a - b), `${where}, ${what}: ${a}, ${b}`).toBeLessThanOrEqual(
							CLOSE * scale
						);
					near(own.loss, other.loss, other.loss, 'loss');

					expect(own.deadShares).toHaveLength(other.deadShares.length);
					own.deadShares.forEach((share, i) => {
						if (share === 'NaN') expect(other.deadShares[i], where).toBe('NaN');
						else expect(Math.abs(share - Number(other.deadShares[i])), where).toBeLessThan(1e-6);
					});
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

			// The lab opens the record among the browser's runs.
			await openRecord(page, file);
			await expect(page.getByTestId('replay')).toContainText('pytorch');
			await expect(page.getByTestId('replay')).toContainText('1 process');
			await expect(page.getByTestId('training-error').first()).not.toHaveText('–');
		});

	test('weights give the same test error in both programs, whichever has trained them', async ({
		page
	}) => {
		const { PRESETS } = (await loadModule('lab/experiment/presets.ts')) as Presets;
		const { writeLabLink } = (await loadModule('lab/experiment/link.ts')) as Links;
		const preset = PRESETS.degradation(8);
		const evaluation = { every: STEPS, images: 500 };
		const link = String(writeLabLink({ ...preset, evaluation }));
		const record = await trainAndTest(page, link, STEPS);

		const box = await openExport(page);
		await expect(box).toContainText(`those after step ${STEPS}`);
		const download = page.waitForEvent('download');
		await box.getByRole('button', { name: 'Download the project' }).click();
		const zip = unzipSync(await readFile(await (await download).path()));
		for (const [path, bytes] of Object.entries(zip)) {
			await mkdir(dirname(join(folder, path)), { recursive: true });
			await writeFile(join(folder, path), bytes);
		}
		const out = join(folder, 'pytorch');
		const tested = async (network: string, file: string) => {
			const { stdout } = await run(
				PYTHON!,
				[
					'-c',
					`import json
from torch.nn import functional as F
from data import DataSet
from networks import build
from weights import load_weights
network = build("${network}")
load_weights(network, "${file}")
network.eval()
loss = wrong = 0
for images, labels in DataSet("data", True, False).test_batches(500):
    logits = network(images)
    loss += float(F.cross_entropy(logits, labels, reduction="sum"))
    wrong += int((logits.argmax(1) != labels).sum())
print(json.dumps([loss / 500, wrong / 500]))`
				],
				{ cwd: out }
			);
			return JSON.parse(stdout) as [number, number];
		};
		for (const [lane, network] of ['plain_8', 'residual_8'].entries()) {
			const [loss, error] = await tested(network, `step-${STEPS}-${lane + 1}.safetensors`);
			const own = record.evaluations.find((each) => each.lane === lane)!;
			expect(Math.abs(loss - own.loss)).toBeLessThan(1e-4);
			expect(error).toBe(own.error);
		}

		// PyTorch trains further, and the lab reads its weights.
		await run(PYTHON!, ['train.py', '--steps', '20'], { cwd: out });
		const [loss, error] = await tested('residual_8', 'run/residual_8.safetensors');
		await box
			.getByLabel('Load into residual-8')
			.setInputFiles(join(out, 'run/residual_8.safetensors'));
		await expect(box.getByRole('status')).toContainText('has been loaded into residual-8');
		await expect
			.poll(async () => (await page.getByTestId('test-error').nth(1).textContent())?.trim())
			.toContain(`${(100 * error).toFixed(1)}%`);
		await box.getByLabel('Load into residual-8').setInputFiles({
			name: 'wrong.safetensors',
			mimeType: 'application/octet-stream',
			buffer: Buffer.from('not one')
		});
		await expect(box.getByRole('alert')).toContainText(
			'wrong.safetensors cannot be loaded into residual-8. This is a text file'
		);
		await box.getByRole('button', { name: 'Close' }).click();
		const after = (await saveRecord(page)).record;
		const last = after.evaluations.findLast(({ lane }) => lane === 1)!;
		expect(Math.abs(last.loss - loss)).toBeLessThan(1e-4);
		expect(after.events.at(-1)).toMatchObject({ kind: 'resumed', cause: 'weights' });
		await stepTo(page, STEPS + 1);
	});
});
