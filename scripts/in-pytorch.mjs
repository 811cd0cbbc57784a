// Trains experiments of the lab in PyTorch's float64, from the same weights on the same images in the same order, for the
// commands that hold what is said of runs against it.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { range } from 'd3';
import { measuredNow } from './json.mjs';
import { loadModule } from './load.mjs';
import { ROOT } from './run.mjs';
import { requireTorch, waysOf } from './torch.mjs';

/**
 * @typedef {import('../src/lib/lab/experiment/experiment').Experiment} Experiment
 * @typedef {import('../src/lib/lab/experiment/presets').PresetResult} PresetResult
 * @typedef {import('../src/lib/base/image').Batch} Batch
 */
/**
 * What to measure after the last step besides what every preset tells, as the lab measures it.
 * @typedef {object} Wanted
 * @property {boolean} [lesion] test errors without each block
 * @property {boolean} [tested] the test error
 * @property {number} [points] the autocorrelation of the gradient at so many points of a line
 * @property {import('../src/lib/lab/studies/travel/record').TravelSpec} [paths] gradient norms by length of path
 * @property {boolean} [terms] norms of the two terms of every block
 */
/**
 * @typedef {object} TorchResult a network's results; those of a study are missing where its numbers are not finite
 * @property {number | null} [testError]
 * @property {number[]} [correlation] by lag, from 0
 * @property {{followed: number, mean: number}[]} [norms] by length of path, from 0
 * @property {{shortcut: number, branch: number}[]} [terms] by block
 */

const DATA = join(ROOT, 'static/data/fashion-mnist');

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
/** @type {typeof import('../src/lib/lab/studies/shattered/sample')} */
const { drawPair } = await loadModule('lab/studies/shattered/sample.ts');
/** @type {typeof import('../src/lib/lab/studies/travel/record')} */
const { TRAVEL_IMAGES } = await loadModule('lab/studies/travel/record.ts');
/** @type {typeof import('../src/lib/lab/studies/travel/sample')} */
const { drawAllPaths, openBlocks } = await loadModule('lab/studies/travel/sample.ts');
/** @type {typeof import('../src/lib/engine/initialise')} */
const { initialParameters, startOf } = await loadModule('engine/initialise.ts');

/** Opens the shipped images. Ends the process with 2 if there is no PyTorch. */
export async function openPyTorch() {
	const python = requireTorch();
	const manifest = parseManifest(readFileSync(join(DATA, 'manifest.json'), 'utf8'));
	const set = openDataSet(manifest, {
		load: async (file) => new Uint8Array(readFileSync(join(DATA, file))).buffer
	});
	await set.ready('train', manifest.splits.train.count);
	await set.ready('test', manifest.splits.test.count);
	const scratch = mkdtempSync(join(tmpdir(), 'in-pytorch-'));

	/**
	 * Writes batches of one shape for PyTorch.
	 * @param {string} name
	 * @param {readonly Batch[]} batches
	 */
	const written = (name, batches) => {
		const path = join(scratch, `${name}.bin`);
		const parts = batches.flatMap(({ images, labels }) => [bytesOf(images), bytesOf(labels)]);
		writeFileSync(path, Buffer.concat(parts));
		return { [name]: path, [`${name}Shape`]: batches[0].shape };
	};

	return {
		/**
		 * @param {Experiment} experiment
		 * @param {number} steps
		 * @param {Wanted} [wanted]
		 * @returns {Promise<{lanes: (PresetResult & TorchResult)[], on: string}>} the results of each network, and when and
		 *   with what they were computed
		 */
		async train(experiment, steps, { lesion, tested, points, paths, terms } = {}) {
			const { recipe, data, seed, evaluation } = experiment;
			const preprocessing = { halve: data.halve, augment: null };
			const input = inputShape(manifest, data);
			const shuffler = new Shuffler({
				seed,
				batch: recipe.batch,
				shardCounts: manifest.splits.train.shards.map((shard) => shard.count)
			});
			const stageSteps = experiment.lanes.map((lane) => lane.pretraining?.steps ?? 0);
			const batches = range(Math.max(steps, 1, ...stageSteps)).map((step) =>
				makeBatch(set, shuffler.batch(step), preprocessing)
			);
			const count = Math.min(evaluation.images, manifest.splits.test.count);
			const train = written('train', batches);
			const test = written('test', testBatches(set, count, 100, preprocessing));
			const drawn = (/** @type {number[]} */ indices) => [makeBatch(set, indices, preprocessing)];
			const job = {
				lanes: experiment.lanes.map((_, lane) => laneJob(experiment, lane, input, lesion, paths)),
				...{ recipe, seed, steps, tested, points, terms, aside: ASIDE },
				...{ ...train, ...test },
				...(points && written('ends', drawn(drawPair(set, seed)))),
				...((paths ?? terms) && written('followed', drawn(range(TRAVEL_IMAGES))))
			};
			const child = spawn(python, ['-W', 'ignore', join(ROOT, 'scripts/in_pytorch.py')], {
				// Each network has a process, which would compete with the others by threads of its own.
				env: { ...process.env, OPENBLAS_NUM_THREADS: '1' },
				stdio: ['pipe', 'pipe', 'inherit']
			});
			child.stdin.end(`${JSON.stringify(job)}\n`);
			let text = '';
			for await (const chunk of child.stdout) text += chunk;
			const { version, lanes } = JSON.parse(text);
			return { lanes, on: measuredNow(`PyTorch ${version}, float64`) };
		},

		close() {
			rmSync(scratch, { recursive: true });
		}
	};
}

/** @param {ArrayBufferView} values */
const bytesOf = ({ buffer, byteOffset, byteLength }) =>
	Buffer.from(/** @type {ArrayBuffer} */ (buffer), byteOffset, byteLength);

/**
 * A network of an experiment for `in_pytorch.py`.
 * @param {Experiment} experiment
 * @param {number} index of its lane
 * @param {import('../src/lib/base/image').ImageShape} input
 * @param {boolean | undefined} lesion
 * @param {Wanted['paths']} followed
 */
function laneJob({ lanes, plan, seed }, index, input, lesion, followed) {
	const lane = lanes[index];
	const network = laneNetwork(lane, input);
	const analysed = analyse(network);
	const gates = laneGates(lane);
	const { pretraining } = lane;
	const stages = pretraining ? pretrainingStages(lane.network, pretraining, input) : [];
	const open = openBlocks(analysed, gates);
	const paths = followed ? drawAllPaths(open, followed.samples, followed.seed) : [];
	return {
		...described(network, startOf(lane, initialParameters(network, seed))),
		pretraining: stages.map(({ network: { network }, common, frozen }) => ({
			...described(network, initialParameters(network, seed)),
			common: Object.fromEntries(common),
			frozen: [...frozen],
			steps: pretraining?.steps
		})),
		gates: Object.fromEntries(
			analysed.blocks.flatMap(({ shortcut, index }) =>
				shortcut ? [[shortcut.to, gates[index]]] : []
			)
		),
		plan: (plan ?? []).filter((change) => change.lane === index),
		without: lesion
			? analysed.blocks.flatMap(({ index }) => {
					const without = withoutBlock(analysed, index);
					return without ? [{ nodes: without.nodes }] : [];
				})
			: [],
		paths: paths.map((ofLength) => ofLength.map((branches) => waysOf(analysed, open, branches)))
	};
}

/**
 * @param {import('../src/lib/network').Network} network
 * @param {ReadonlyMap<string, Float32Array>} start
 */
const described = ({ nodes, auxiliaryLosses }, start) => ({
	nodes,
	auxiliaryLosses,
	weights: Object.fromEntries(
		[...start].map(([name, values]) => [name, bytesOf(values).toString('base64')])
	)
});
