// `npm run export`: exports an experiment or a network to another program.
import {
	closeSync,
	cpSync,
	existsSync,
	mkdirSync,
	openSync,
	readdirSync,
	readFileSync,
	writeFileSync,
	writeSync
} from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import packageJson from '../package.json' with { type: 'json' };
import { oneOf, positive } from './arguments.mjs';
import { EXPERIMENT_HELP, findExperiment, USUAL_DEPTH } from './experiment.mjs';
import { loadModule } from './load.mjs';
import { ROOT } from './run.mjs';

/** @type {typeof import('../src/lib/export')} */
const exported = await loadModule('export');
/** @type {typeof import('../src/lib/lab/experiment/experiment')} */
const { laneGates, laneNetwork } = await loadModule('lab/experiment/experiment.ts');
/** @type {typeof import('../src/lib/lab/experiment/paper')} */
const { PAPER_DEPTHS, PAPER_SET, paperName } = await loadModule('lab/experiment/paper.ts');
/** @type {typeof import('../src/lib/network')} */
const { analyse, fileName, formatName, networkOf, parseName } = await loadModule('network');
/** @type {typeof import('../src/lib/data')} */
const { inputShape, parseManifest } = await loadModule('data');

/** Depths of the paper's residual and plain networks, for the help text. */
const PAPERS = Object.entries(PAPER_DEPTHS)
	.map(
		([kind, depths]) =>
			`${paperName(/** @type {import('../src/lib/lab/experiment/paper').PaperKind} */ (kind), depths[0])} … ${depths.at(-1)}`
	)
	.join(', ');
const PROGRAMS = /** @type {const} */ (['pytorch', 'keras', 'onnx']);
const HELP = `Usage: npm run export -- EXPERIMENT --to PROGRAM --out DIR [options]
       npm run export -- NETWORK --to PROGRAM --out DIR [--seed N]

Writes an experiment for another program. To pytorch: a project with model, training, images and the
weights that the browser starts from; its README says how to run it. To keras: model and weights. To
onnx: a file for each network. Of a network alone: to pytorch, a project that trains it on its paper's
images; to keras, its code; to onnx, a file with weights drawn from a seed.

${EXPERIMENT_HELP}
  or of the paper  ${PAPERS}, with its recipe, for CIFAR-10's binary files
  NETWORK          a name as the explorer has it, such as resnet-50 or 'resnet-50?order=pre'
  --to PROGRAM     ${PROGRAMS.join(', ')}
  --out DIR        the folder to write; it must be empty or new
  --depth N        of a preset's deepest networks (default: ${USUAL_DEPTH}, or the one it needs)
  --steps N        training steps, to pytorch
  --trained FILE   weights to take instead of the initial ones (.safetensors or .pth, from the lab or from
                   train.py), to keras and onnx; once for each network, in order
  --seed N         of the weights of a network alone, to onnx (default: 1)
  --no-data        without the images, to pytorch
  --no-weights     without the weights, to pytorch, which then draws its own`;

const { program, experiment, steps, out, trained, seed, withData, withWeights, network } = read();
const app = `${packageJson.name} ${packageJson.version}`;
mkdirSync(out, { recursive: true });
if (network) writeNetwork(network);
else await writeExperiment();
console.log(`${out}: ${readdirSync(out).join(', ')}`);

/** @param {import('../src/lib/network').NetworkSpec} spec */
function writeNetwork(spec) {
	if (program === 'onnx') {
		const model = exported.onnxModel(analyse(networkOf(spec)), { weights: { seed }, app });
		writePieces(join(out, `${fileName(formatName(spec))}.onnx`), model.pieces());
		return;
	}
	const project =
		program === 'keras' ? exported.kerasNetworkProject : exported.pytorchNetworkProject;
	for (const [file, text] of project(spec, app)) writeFileSync(join(out, file), text);
}

async function writeExperiment() {
	const pack = join(ROOT, 'static/data', experiment.data.set);
	const shipped = existsSync(pack);
	if (!shipped && experiment.data.set !== PAPER_SET.id) {
		console.error(
			`data set ${experiment.data.set}: neither one that comes with the app (static/data) nor ${PAPER_SET.id}`
		);
		process.exit(1);
	}
	const input = shipped
		? inputShape(parseManifest(readFileSync(join(pack, 'manifest.json'), 'utf8')), experiment.data)
		: PAPER_SET.input;
	const networks = experiment.lanes.map((lane) => analyse(laneNetwork(lane, input)));
	const weights = await Promise.all(
		networks.map((network, i) =>
			trained[i]
				? readWeights(network, trained[i])
				: exported.freshWeights(network, experiment.seed, experiment.lanes[i])
		)
	);
	switch (program) {
		case 'pytorch': {
			const options = { experiment, input, steps, app, link: null };
			for (const [file, text] of exported.pytorchProject(options))
				writeFileSync(join(out, file), text);
			if (withWeights)
				networks.forEach((network, i) => {
					const tensors = exported.toTensors(network, weights[i]);
					const file = join(out, `initial-${i + 1}.safetensors`);
					writeFileSync(file, exported.writeSafetensors(tensors));
				});
			if (withData && shipped) cpSync(pack, join(out, 'data'), { recursive: true });
			break;
		}
		case 'keras':
			for (const [file, bytes] of exported.kerasProject({
				images: new Map(),
				experiment,
				input,
				app,
				trained: trained.length ? weights : null
			}))
				writeFileSync(join(out, file), bytes);
			break;
		case 'onnx': {
			const titles = exported.titlesOf(experiment);
			networks.forEach((network, i) => {
				const lane = experiment.lanes[i];
				const model = exported.onnxModel(network, {
					weights: weights[i],
					gates: laneGates(lane),
					app
				});
				writePieces(join(out, `${titles[i]}.onnx`), model.pieces());
			});
		}
	}
}

/**
 * Writes pieces one after another, so that a large network need not be in memory at once.
 * @param {string} path
 * @param {Iterable<Uint8Array>} pieces
 */
function writePieces(path, pieces) {
	const file = openSync(path, 'w');
	for (const piece of pieces) writeSync(file, piece);
	closeSync(file);
}

/**
 * @param {import('../src/lib/network').AnalysedNetwork} network
 * @param {string} file
 */
async function readWeights(network, file) {
	try {
		const { weights } = await exported.readInto(network, new Blob([readFileSync(file)]));
		return weights;
	} catch (error) {
		console.error(
			`--trained ${file} does not fit ${network.network.name}: ${error instanceof Error ? error.message : error}`
		);
		process.exit(1);
	}
}

function read() {
	try {
		const { values, positionals } = parseArgs({
			allowPositionals: true,
			allowNegative: true,
			options: {
				to: { type: 'string' },
				out: { type: 'string' },
				depth: { type: 'string' },
				steps: { type: 'string' },
				trained: { type: 'string', multiple: true, default: [] },
				seed: { type: 'string', default: '1' },
				data: { type: 'boolean', default: true },
				weights: { type: 'boolean', default: true },
				help: { type: 'boolean', short: 'h', default: false }
			}
		});
		if (values.help) {
			console.log(HELP);
			process.exit(0);
		}
		const [name, ...more] = positionals;
		if (name === undefined || more.length)
			throw new Error(`expected one experiment, received ${positionals.length}`);
		const program = oneOf('--to', values.to ?? '', PROGRAMS);
		if (!values.out) throw new Error('--out: expected the folder to write');
		const out = resolve(values.out);
		if (existsSync(out) && readdirSync(out).length) throw new Error(`--out ${out}: not empty`);
		const network = networkNamed(name);
		const depth = values.depth === undefined ? null : positive('--depth', values.depth);
		if (values.trained.length && (network || program === 'pytorch'))
			throw new Error('--trained: goes with an experiment, to keras or onnx');
		const found = network ? findExperiment('degradation', null) : findExperiment(name, depth);
		return {
			program,
			experiment: found.experiment,
			steps: values.steps === undefined ? found.steps : positive('--steps', values.steps),
			out,
			network,
			trained: values.trained,
			seed: positive('--seed', values.seed),
			withData: values.data,
			withWeights: values.weights
		};
	} catch (error) {
		console.error(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
		process.exit(2);
	}
}

/** @param {string} name @returns {import('../src/lib/network').NetworkSpec | null} */
function networkNamed(name) {
	try {
		return parseName(name);
	} catch {
		return null; // an experiment, then
	}
}
