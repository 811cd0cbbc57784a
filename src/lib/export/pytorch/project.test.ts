/** Tests the exported project in a real PyTorch; skipped if `python3` (or `PYTHON`) has none. */
import type { Batch } from '$lib/base/image';
import { execFile, spawn, spawnSync } from 'node:child_process';
import {
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inputShape, makeBatch, openDataSet, parseManifest, Shuffler } from '$lib/data';
import { createEngine, openBackend } from '$lib/engine';
import { initialParameters } from '$lib/engine/initialise';
import { laneNetwork, PRESETS, type Experiment, type RunRecord } from '$lib/lab';
import { readRecording } from '$lib/lab/record/recording';
import { lane, laneOf, type Lane } from '$lib/lab/experiment/experiment';
import { readRecord } from '$lib/lab/record/read';
import { analyse, cifarNetwork, CIFAR_DEFAULTS, type CifarOptions } from '$lib/network';
import { readInto } from '../reading/fit';
import { writeSafetensors } from '../safetensors';
import { freshWeights, toTensors } from '../weights';
import { findTorch } from '../../../../scripts/python.mjs';
import { callOf } from '../networks';
import { TWO_PROCESSES } from '../testing/python';
import { pytorchProject } from './project';

const PYTHON = findTorch();
const PACK = 'static/data/fashion-mnist';
const manifest = parseManifest(readFileSync(join(PACK, 'manifest.json'), 'utf8'));

/** One thread per process, because the processes share the machine's cores. */
const env = { ...process.env, OMP_NUM_THREADS: '1' };
const python = async (folder: string, ...args: string[]) =>
	(await promisify(execFile)(PYTHON!, args, { cwd: folder, env, maxBuffer: 64e6 })).stdout;

/** A small experiment with two networks. */
const small: Experiment = {
	...PRESETS.degradation(8),
	recipe: { ...PRESETS.degradation(8).recipe, batch: 16 },
	evaluation: { every: 3, images: 50 }
};

function write(folder: string, experiment: Experiment): void {
	const input = inputShape(manifest, experiment.data);
	const files = pytorchProject({ experiment, input, steps: 6, app: 'test', link: null });
	for (const [file, text] of files) writeFileSync(join(folder, file), text);
	experiment.lanes.forEach((each, i) => {
		const network = laneNetwork(each, input);
		const parameters = initialParameters(network, experiment.seed);
		const tensors = toTensors(analyse(network), { parameters, averages: new Map() });
		writeFileSync(join(folder, `initial-${i + 1}.safetensors`), writeSafetensors(tensors));
	});
	cpSync(PACK, join(folder, 'data'), { recursive: true });
}

const weights = (experiment: Experiment) =>
	experiment.lanes.flatMap((_, i) => ['--weights', `initial-${i + 1}.safetensors`]);
const recordOf = (folder: string, out = 'run'): RunRecord =>
	readRecord(readFileSync(join(folder, out, 'record.json'), 'utf8')).record;

describe.skipIf(!PYTHON)('the exported project', () => {
	let folder: string;
	beforeAll(() => {
		folder = mkdtempSync(join(tmpdir(), 'pytorch-'));
		write(folder, small);
	});
	afterAll(() => rmSync(folder, { recursive: true }));

	it('takes the images in the browser’s order and augments them alike', async () => {
		const shardCounts = manifest.splits.train.shards.map(({ count }) => count);
		const shuffler = new Shuffler({ seed: 3, batch: 64, shardCounts });
		const steps = [0, 1, 17, 156, 157, 400];
		const text = await python(
			folder,
			'-c',
			`import json, order
o = order.Order(3, 64, ${JSON.stringify(shardCounts)})
print(json.dumps([o.indices(s) for s in ${JSON.stringify(steps)}]))`
		);
		expect(JSON.parse(text)).toEqual(steps.map((step) => shuffler.batch(step)));
	});

	it.each([
		{ halve: true, augment: false },
		{ halve: false, augment: true },
		{ halve: true, augment: true }
	])('makes the batches of the browser: %o', async ({ halve, augment }) => {
		const set = openDataSet(manifest, {
			load: async (file) => new Uint8Array(readFileSync(join(PACK, file))).buffer
		});
		await set.ready('train', 1000);
		const indices = [3, 999, 0, 41];
		const batch = makeBatch(set, indices, {
			halve,
			augment: augment ? { seed: 5, step: 7 } : null
		});
		const text = await python(
			folder,
			'-c',
			`import json, data
d = data.DataSet("data", ${halve ? 'True' : 'False'}, ${augment ? 'True' : 'False'})
x, y = d.train_batch(${JSON.stringify(indices)}, 5, 7)
print(json.dumps([list(x.shape), x.permute(0, 2, 3, 1).flatten().tolist(), y.tolist()]))`
		);
		const [shape, pixels, labels] = JSON.parse(text) as [number[], number[], number[]];
		const [count, height, width, channels] = batch.shape;
		expect(shape).toEqual([count, channels, height, width]);
		expect(labels).toEqual([...batch.labels]);
		const furthest = pixels.reduce(
			(most, v, i) => Math.max(most, Math.abs(v - batch.images[i])),
			0
		);
		expect(furthest).toBeLessThan(1e-5);
	});

	it('computes the engine’s logits from its weights, trains further and returns the weights', async () => {
		const backend = await openBackend('cpu');
		const options: CifarOptions = {
			...{ ...CIFAR_DEFAULTS, depth: 14, width: 4, size: 8, channels: 3 },
			...{ shortcut: 'B', order: 'pre' }
		};
		const network = cifarNetwork(options);
		const batch: Batch = {
			images: Float32Array.from({ length: 6 * 8 * 8 * 3 }, (_, i) => Math.sin((i * i) % 1021)),
			labels: Int32Array.from({ length: 6 }, (_, i) => i),
			shape: [6, 8, 8, 3]
		};
		const engine = await createEngine(backend, [{ network, seed: 5 }]);
		const recipe = { learningRate: 0.03, momentum: 0.9, weightDecay: 1e-4 };
		for (let step = 1; step <= 3; step++) await engine.step(batch, { ...recipe, step });
		const before = await engine.logits(0, batch, false);
		const state = await engine.state(0);
		const file = join(folder, 'here.safetensors');
		writeFileSync(file, writeSafetensors(toTensors(analyse(network), state)));
		const call = JSON.stringify(callOf({ spec: { family: 'cifar', options } }));
		const text = await python(
			folder,
			'-c',
			`import json, torch
from networks import NETWORKS, build
from weights import load_weights, save_weights
index = torch.arange(6 * 8 * 8 * 3)
images = torch.sin(((index * index) % 1021).float()).reshape(6, 8, 8, 3).permute(0, 3, 1, 2)
NETWORKS["pre"] = json.loads('${call}')
network = build("pre")
load_weights(network, "here.safetensors")
told = [network.eval()(images).flatten().tolist()]
network.train()
optimiser = torch.optim.SGD(network.parameters(), 0.03)
for _ in range(3):
    optimiser.zero_grad()
    torch.nn.functional.cross_entropy(network(images), torch.arange(6)).backward()
    optimiser.step()
save_weights(network, "there.safetensors")
print(json.dumps([*told, network.eval()(images).flatten().tolist()]))`
		);
		const [theirs, trained] = JSON.parse(text) as number[][];
		const near = (found: Float32Array, expected: number[]) => {
			const scale = Math.max(...expected.map(Math.abs));
			expect(found).toHaveLength(expected.length);
			found.forEach((logit, i) =>
				expect(Math.abs(logit - expected[i])).toBeLessThanOrEqual(1e-4 * scale)
			);
		};
		near(before, theirs);
		const back = new Blob([readFileSync(join(folder, 'there.safetensors'))]);
		const { weights } = await readInto(analyse(network), back);
		await engine.load(0, { ...state, ...weights });
		near(await engine.logits(0, batch, false), trained);
		engine.dispose();
		// The weights have changed, so the comparison would notice old ones.
		expect(Math.max(...trained.map((x, i) => Math.abs(x - theirs[i])))).toBeGreaterThan(0.01);
	});

	it('trains networks of several families side by side', async () => {
		const several = mkdtempSync(join(tmpdir(), 'several-'));
		const rezero = laneOf('rezero-mini', { width: 2, depth: 8 });
		const penalised = { scale: 'skipinit', penalty: 0.1 };
		const experiment: Experiment = {
			...small,
			lanes: [
				...(['vgg-mini', 'googlenet-mini', 'highway-mini'] as const).map((family) =>
					laneOf(family, { width: 4 })
				),
				{ ...rezero, network: { ...rezero.network, ...penalised } as Lane['network'] }
			]
		};
		try {
			write(several, experiment);
			await python(several, 'train.py', '--steps', '2', ...weights(experiment));
			await python(several, 'train.py', '--steps', '3');
			const { steps } = recordOf(several);
			expect(steps).toHaveLength(3);
			experiment.lanes.forEach((each, i) => {
				const { parameters, blocks } = analyse(laneNetwork(each, inputShape(manifest, small.data)));
				const told = steps[2].lanes[i]!;
				expect(told.gradientNorms).toHaveLength(parameters.length);
				expect(told.blockOutputStd).toHaveLength(blocks.length);
				// Auxiliary heads learn too.
				told.gradientNorms.forEach((norm, k) =>
					expect(norm, `${i} ${parameters[k].name}`).toBeGreaterThan(0)
				);
			});
		} finally {
			rmSync(several, { recursive: true });
		}
	});

	it('writes a record that the lab reads', async () => {
		await python(folder, 'train.py', '--steps', '6', '--out', 'record', ...weights(small));
		const record = recordOf(folder, 'record');
		const rounded = readRecording(new Uint8Array(readFileSync(join(folder, 'record/record.zip'))));
		expect(rounded.evaluations).toEqual(record.evaluations);
		rounded.steps.forEach(({ lanes }, i) =>
			lanes.forEach((own, lane) => {
				const exact = record.steps[i].lanes[lane]!;
				expect(own!.trainingError).toBe(exact.trainingError);
				own!.gradientNorms.forEach((norm, k) =>
					expect(Math.abs(norm / exact.gradientNorms[k] - 1)).toBeLessThan(1 / 250)
				);
			})
		);
		expect(record.experiment).toEqual(small);
		expect(record.steps).toHaveLength(6);
		expect(record.evaluations.map(({ step, lane }) => [step, lane])).toEqual([
			[3, 0],
			[3, 1],
			[6, 0],
			[6, 1]
		]);
		expect(record.environment).toMatchObject({ backend: 'pytorch', machine: expect.any(String) });
	});

	it('reads CIFAR-10’s binary files', async () => {
		const cifar = join(folder, 'cifar');
		mkdirSync(cifar);
		const records = (count: number) =>
			Uint8Array.from({ length: 3073 * count }, (_, i) =>
				i % 3073 ? (i * 7) % 256 : (i / 3073) % 10
			);
		for (let batch = 1; batch <= 5; batch++)
			writeFileSync(join(cifar, `data_batch_${batch}.bin`), records(1000));
		writeFileSync(join(cifar, 'test_batch.bin'), records(20));
		const text = await python(
			folder,
			'-c',
			`import json, data
d = data.DataSet("cifar", False, False)
x, y = d.train_batch([1, 4999], 1, 0)
print(json.dumps([list(x.shape), y.tolist(), d.shard_counts, (x[0, 1, 0, 2].item() * d.std[1] + d.mean[1]) * 255]))`
		);
		const [shape, labels, shards, pixel] = JSON.parse(text) as [
			number[],
			number[],
			number[],
			number
		];
		expect(shape).toEqual([2, 3, 32, 32]);
		expect(labels).toEqual([1, 9]);
		expect(shards).toEqual([1000, 1000, 1000, 1000, 1000]);
		// Image 1, green, row 0, column 2.
		expect(pixel).toBeCloseTo(((3073 + 1 + 1024 + 2) * 7) % 256, 2);
	});

	it('names the tensor of a weights file that does not fit', async () => {
		const network = analyse(laneNetwork(small.lanes[0], inputShape(manifest, small.data)));
		const [[name], ...others] = toTensors(network, freshWeights(network, small.seed));
		const cut = new Map([[name, { shape: [1], values: Float32Array.of(0) }], ...others]);
		writeFileSync(join(folder, 'b.safetensors'), writeSafetensors(cut));
		const wrong = python(folder, 'train.py', '--out', 'wrong', '--weights', 'b.safetensors');
		await expect(wrong).rejects.toThrow(/b\.safetensors: .*expected F32/);
	});

	it('resumes from its checkpoint with nothing lost', async () => {
		const common = ['--checkpoint-every', '2', ...weights(small)];
		await python(folder, 'train.py', '--steps', '6', '--out', 'whole', ...common);
		await python(folder, 'train.py', '--steps', '2', '--out', 'parts', ...common);
		await python(folder, 'train.py', '--steps', '6', '--out', 'parts', ...common);
		const [whole, parts] = [recordOf(folder, 'whole'), recordOf(folder, 'parts')];
		const told = ({ steps }: RunRecord) => steps.map(({ lanes }) => lanes);
		expect(told(parts)).toEqual(told(whole));
		expect(parts.events).toEqual([{ kind: 'resumed', step: 2, cause: 'kept', backend: 'pytorch' }]);
	});
});

describe.skipIf(!PYTHON)('two processes', () => {
	// Without batch normalisation, which each process would compute over its own share.
	const experiment: Experiment = {
		...small,
		lanes: [lane({ depth: 8, shortcut: 'A', norm: 'none', initialisation: 'zero-residual' })],
		recipe: { ...small.recipe, learningRate: 0.02 }
	};
	const torchrun = [...TWO_PROCESSES, 'train.py'];
	let folder: string;
	beforeAll(() => {
		folder = mkdtempSync(join(tmpdir(), 'torchrun-'));
		write(folder, experiment);
	});
	afterAll(() => rmSync(folder, { recursive: true }));

	it('train like one', async () => {
		const common = ['--double', '--steps', '4', ...weights(experiment)];
		await python(folder, 'train.py', '--out', 'one', ...common);
		await python(folder, ...torchrun, '--out', 'two', ...common);
		const [one, two] = [recordOf(folder, 'one'), recordOf(folder, 'two')];
		two.steps.forEach(({ lanes: [own] }, i) => {
			const [expected] = one.steps[i].lanes;
			expect(own!.loss).toBeCloseTo(expected!.loss, 9);
			expect(own!.trainingError).toBe(expected!.trainingError);
			for (const key of ['gradientNorms', 'blockOutputGradientNorms', 'blockOutputStd'] as const)
				own![key].forEach((value, n) =>
					expect(Math.abs(value - expected![key][n])).toBeLessThanOrEqual(
						1e-5 * expected![key][n] + 1e-9
					)
				);
		});
	});

	it('resume from the checkpoint with nothing lost after one was killed', async () => {
		const common = ['--double', '--checkpoint-every', '5', ...weights(experiment)];
		const running = spawn(PYTHON!, [...torchrun, '--steps', '2000', '--out', 'killed', ...common], {
			cwd: folder,
			env,
			stdio: 'ignore'
		});
		const ended = new Promise((resolve) => running.on('exit', resolve));
		const checkpoint = join(folder, 'killed/checkpoint.pt');
		while (!existsSync(checkpoint)) {
			expect(running.exitCode, 'ended before its first checkpoint').toBeNull();
			await new Promise((resolve) => setTimeout(resolve, 100));
		}
		const workers = spawnSync('pgrep', ['-f', 'train.py --steps 2000 --out killed'])
			.stdout.toString()
			.trim()
			.split('\n')
			.map(Number)
			.filter((pid) => pid !== running.pid);
		process.kill(Math.max(...workers), 'SIGKILL');
		await ended;
		const before = recordOf(folder, 'killed').steps.length;
		expect(before).toBeLessThan(2000);
		const steps = String(before + 3);
		await python(folder, ...torchrun, '--steps', steps, '--out', 'killed', ...common);
		await python(folder, ...torchrun, '--steps', steps, '--out', 'calm', ...common);
		const [killed, calm] = [recordOf(folder, 'killed'), recordOf(folder, 'calm')];
		expect(killed.steps.map(({ lanes }) => lanes)).toEqual(calm.steps.map(({ lanes }) => lanes));
		expect(killed.events).toMatchObject([{ kind: 'resumed', step: before }]);
	});
});
