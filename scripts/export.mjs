// `npm run export`: an experiment as a project for another program, or a network as its code.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import packageJson from '../package.json' with { type: 'json' };
import { oneOf, positive } from './arguments.mjs';
import { EXPERIMENT_HELP, findExperiment, USUAL_DEPTH } from './experiment.mjs';
import { loadModule } from './load.mjs';
import { ROOT } from './run.mjs';

/** @type {typeof import('../src/lib/export')} */
const { pytorchNetwork, pytorchProject, toTensors, writeSafetensors } = await loadModule('export');
/** @type {typeof import('../src/lib/lab/experiment')} */
const { laneNetwork } = await loadModule('lab/experiment.ts');
/** @type {typeof import('../src/lib/lab/paper')} */
const { PAPER_DEPTHS, PAPER_SET, paperName } = await loadModule('lab/paper.ts');
/** @type {typeof import('../src/lib/network')} */
const { analyse, parseName } = await loadModule('network');
/** @type {typeof import('../src/lib/data')} */
const { inputShape, parseManifest } = await loadModule('data');
/** @type {typeof import('../src/lib/engine/initialise')} */
const { initialParameters } = await loadModule('engine/initialise.ts');

/** Those of residual networks, and those of plain ones. */
const PAPERS = Object.entries(PAPER_DEPTHS)
	.map(
		([kind, depths]) =>
			`${paperName(/** @type {import('../src/lib/lab/paper').PaperKind} */ (kind), depths[0])} … ${depths.at(-1)}`
	)
	.join(', ');
const PROGRAMS = /** @type {const} */ (['pytorch']);
const HELP = `Usage: npm run export -- EXPERIMENT --to pytorch --out DIR [options]
       npm run export -- NETWORK --to pytorch --out DIR

Writes an experiment as a project: model, training, images and the weights that the browser
starts from. Its README says how to run it. Of a network: its model alone.

${EXPERIMENT_HELP}
  or of the paper  ${PAPERS}, with its recipe, for CIFAR-10's binary files
  NETWORK          a name as the explorer has it, such as resnet-50 or 'resnet-50?order=pre'
  --to NAME        ${PROGRAMS.join(', ')}
  --out DIR        the folder to write; it must be empty or new
  --depth N        of a preset's deepest networks (default: ${USUAL_DEPTH}, or the one it needs)
  --steps N        training steps
  --no-data        without the images
  --no-weights     without the weights: PyTorch draws its own`;

const { experiment, steps, out, withData, withWeights, network } = read();
if (network) {
	mkdirSync(out, { recursive: true });
	writeFileSync(join(out, 'model.py'), pytorchNetwork(network));
	console.log(`${out}: model.py`);
	process.exit(0);
}
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
mkdirSync(out, { recursive: true });
const files = pytorchProject({
	experiment,
	input,
	steps,
	app: `${packageJson.name} ${packageJson.version}`,
	link: null
});
for (const [file, text] of files) writeFileSync(join(out, file), text);
if (withWeights)
	experiment.lanes.forEach((lane, i) => {
		const network = laneNetwork(lane, input);
		const parameters = initialParameters(network, experiment.seed);
		const tensors = toTensors(analyse(network), { parameters, averages: new Map() });
		writeFileSync(join(out, `initial-${i + 1}.safetensors`), writeSafetensors(tensors));
	});
if (withData && shipped) cpSync(pack, join(out, 'data'), { recursive: true });
console.log(`${out}: ${readdirSync(out).join(', ')}`);

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
		oneOf('--to', values.to ?? '', PROGRAMS);
		if (!values.out) throw new Error('--out: expected the folder to write');
		const out = resolve(values.out);
		if (existsSync(out) && readdirSync(out).length) throw new Error(`--out ${out}: not empty`);
		const network = networkNamed(name);
		const depth = values.depth === undefined ? null : positive('--depth', values.depth);
		const found = network ? findExperiment('degradation', null) : findExperiment(name, depth);
		return {
			experiment: found.experiment,
			steps: values.steps === undefined ? found.steps : positive('--steps', values.steps),
			out,
			network,
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
