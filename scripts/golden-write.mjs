// `npm run --silent golden:write -- NETWORK FILE`: writes a golden file, with the numbers that PyTorch computes in
// float64.
import {
	appendFileSync,
	existsSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromHere, oneOf, positive, readArguments } from './arguments.mjs';
import { loadModule } from './load.mjs';
import { askTorch } from './torch.mjs';

/** @typedef {import('../src/lib/engine/golden/parse').Golden} Golden */

/** @type {typeof import('../src/lib/engine/golden/parse')} */
const { readNetwork } = await loadModule('engine/golden/parse.ts');
/** @type {typeof import('../src/lib/engine/golden/draw')} */
const { drawImages, drawWeights } = await loadModule('engine/golden/draw.ts');
/** @type {typeof import('../src/lib/engine/engine')} */
const { OPTIMISERS } = await loadModule('engine/engine.ts');
/** @type {typeof import('../src/lib/export/testing/golden')} */
const { torchJob } = await loadModule('export/testing/golden.ts');

const HELP = `Usage: npm run --silent golden:write -- NETWORK FILE [options]

Writes a golden file: random weights and images, and the numbers that PyTorch
computes from them in float64 (python3 with torch, or the interpreter in PYTHON).

NETWORK is a name, such as 'cifar-resnet-8?width=4&size=8', or a JSON file with a
description or with another golden file, whose network, recipe and gates are taken.

Options
  --batch N          images (4)
  --size N           height and width of the images (the network's own)
  --drawn            leaves weights and images out of the file, whose reader draws them
                     from the seed: for networks with too many weights to write down
  --steps N          training steps (3)
  --seed N           of weights, images and dropout (0)
  --gates A,B,…      gate of each block's shortcut (1)
  --optimiser NAME   ${OPTIMISERS.join(', ')} (sgd)
  --learning-rate X  (0.05)       --momentum X  (0.9)
  --weight-decay X   (0.0001)     --clip X      largest norm of the gradient (none)`;

const { network, recipe, batch, size, drawn, seed, gates, file } = readArguments(
	HELP,
	Object.fromEntries([
		['drawn', /** @type {const} */ ({ type: 'boolean', default: false })],
		...[
			...['batch', 'size', 'steps', 'seed', 'gates', 'optimiser', 'learning-rate', 'momentum'],
			...['weight-decay', 'clip']
		].map((name) => [name, /** @type {const} */ ({ type: 'string' })])
	]),
	(values, names) => {
		const given = /** @type {Record<string, string | boolean | undefined>} */ (values);
		if (names.length !== 2) throw new Error(`expected NETWORK and FILE, received ${names.length}`);
		const [name, file] = names;
		const json = existsSync(fromHere(name))
			? JSON.parse(readFileSync(fromHere(name), 'utf8'))
			: { network: name };
		const like = 'network' in json ? json : { network: json };
		const usual = {
			learningRate: 0.05,
			momentum: 0.9,
			weightDecay: 1e-4,
			steps: 3,
			...like.recipe
		};
		const text = (/** @type {string} */ option) =>
			/** @type {string | undefined} */ (given[option]);
		const number = (/** @type {string} */ option, /** @type {number | undefined} */ otherwise) => {
			const value = text(option) === undefined ? otherwise : Number(text(option));
			if (Number.isNaN(value)) throw new Error(`--${option} ${text(option)}: expected a number`);
			return value;
		};
		const optimiser = text('optimiser');
		return {
			network: like.network,
			file: fromHere(file),
			batch: text('batch') ? positive('--batch', text('batch') ?? '') : (like.batch ?? 4),
			size: text('size') ? positive('--size', text('size') ?? '') : like.size,
			drawn: Boolean(given.drawn) || ('network' in json && 'expected' in json && !like.weights),
			seed: number('seed', like.seed) ?? 0,
			gates: text('gates')?.split(',').map(Number) ?? like.gates,
			recipe: {
				...usual,
				learningRate: number('learning-rate', usual.learningRate),
				momentum: number('momentum', usual.momentum),
				weightDecay: number('weight-decay', usual.weightDecay),
				optimiser: optimiser ? oneOf('--optimiser', optimiser, OPTIMISERS) : usual.optimiser,
				clip: number('clip', usual.clip),
				steps: text('steps') ? positive('--steps', text('steps') ?? '') : usual.steps
			}
		};
	},
	{ takesNames: true }
);

/** Few digits, for short files: PyTorch computes from the rounded numbers. */
const rounded = (
	/** @type {import('../src/lib/engine/golden/draw').Numbers} */ { shape, values }
) => ({
	shape: [...shape],
	values: Array.from(values, (value) => Number(value.toPrecision(5)))
});

/** @type {import('../src/lib/network').Network} */
let description;
try {
	description = readNetwork(network, size);
} catch (error) {
	console.error(error instanceof Error ? error.message : error);
	process.exit(2);
}
const weights = drawWeights(description, seed);
const images = drawImages(description, seed, batch);
const about = {
	...{ network, batch, size, recipe, seed, gates: gates ?? [] },
	labels: Array.from({ length: batch }, (_, i) => (3 * i + 1) % description.classes)
};
const written = {
	weights: Object.fromEntries(
		Object.entries(weights).map(([name, one]) => [name, drawn ? one : rounded(one)])
	),
	images: drawn ? images : rounded(images)
};
const golden = drawn ? about : { ...about, ...written };

// Weights go through a file: those of large networks are too many for JSON.
const folder = mkdtempSync(join(tmpdir(), 'golden-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
const numbers = join(folder, 'weights');
for (const { values } of Object.values(written.weights))
	appendFileSync(numbers, new Uint8Array(Float32Array.from(values).buffer));
const job = {
	...torchJob({ ...about, ...written, network: description }),
	file: numbers,
	weights: Object.fromEntries(
		Object.entries(written.weights).map(([name, { shape }]) => [name, { shape }])
	),
	images: { ...written.images, values: Array.from(Float32Array.from(written.images.values)) }
};
const [expected] = askTorch('golden.py', [job], 10);
writeFileSync(file, `${JSON.stringify({ ...golden, expected })}\n`);
