/** Writes an experiment as a PyTorch project that runs with `python train.py`. */
import imagesPy from '../files/images.py?raw';
import type { ImageShape } from '$lib/base/image';
import { laneNetwork, type Experiment } from '$lib/lab/experiment/experiment';
import { analyse } from '$lib/network';
import {
	countsTable,
	modelFiles,
	namedNetworks,
	pretrainingText,
	pythonFiles,
	roundingText,
	titlesOf,
	type NamedNetwork
} from '../networks';
import type { Weights } from '../weights';
import { tensorNames } from './names';
import { torchOptimiser } from './optimisers';

/** Oldest version of PyTorch that the project supports, and that its tests use. */
export const TORCH = '1.13';

export interface ProjectOptions {
	readonly experiment: Experiment;
	/** Shape of the networks' input, `[H, W, C]`. */
	readonly input: ImageShape;
	/** Default number of training steps. */
	readonly steps: number;
	/** Name and version of the app. */
	readonly app: string;
	/** A link that opens the experiment in the app, or null. */
	readonly link: string | null;
	/** The weights of all networks at step 0, after pre-training; absent if they are not known, or random draws. */
	readonly start?: readonly Weights[] | null;
}

/** The text files of the project, by path. */
export function pytorchProject(options: ProjectOptions): Map<string, string> {
	const { experiment, input, steps, app } = options;
	const titles = titlesOf(experiment);
	const networks = namedNetworks(experiment, input);
	const job = {
		app,
		experiment,
		input,
		optimiser: torchOptimiser(experiment.recipe),
		steps,
		lanes: experiment.lanes.map((lane, i) => {
			const network = analyse(laneNetwork(lane, input));
			const { parameters, layers } = network;
			const nameOf = tensorNames(network);
			return {
				network: networks[i].name,
				title: titles[i],
				/** Names in the app and in the model, in the order of the record's gradient norms. */
				parameters: parameters.map((parameter) => [parameter.name, nameOf(parameter)]),
				layers: layers.map(({ kernel }) => nameOf(parameters[kernel]))
			};
		})
	};
	return new Map([
		['README.md', readme(options, titles, networks)],
		...modelFiles('pytorch', networks),
		...pythonFiles('pytorch', 'train', 'data', 'order', 'processes', 'recording', 'weights'),
		['images.py', imagesPy],
		['experiment.json', `${JSON.stringify(job, null, '\t')}\n`],
		['requirements.txt', `torch>=${TORCH}\nnumpy>=1.24\n`],
		['train.slurm', slurmScript(networks[0].name, '--data data')]
	]);
}

function readme(
	{ experiment, steps, app, link, start }: ProjectOptions,
	titles: readonly string[],
	networks: readonly NamedNetwork[]
): string {
	const { recipe, data, seed } = experiment;
	const pretrained = pretrainingText(experiment, titles);
	const rounded = roundingText(experiment, titles);
	/** What a command needs to start from the weights after pre-training. */
	const from =
		pretrained && start
			? titles.map((_, i) => ` --weights initial-${i + 1}.safetensors`).join('')
			: '';
	return `# ${titles.join(', ')} in PyTorch

Written by ${app}. The networks, recipe, seed and order of images are those of the browser. \`model.py\` defines the
family of networks, \`networks.json\` lists these networks with their options, \`experiment.json\` holds the experiment.${link ? ` Open it in the browser: <${link}>` : ''}

\`\`\`sh
pip install -r requirements.txt
python train.py --data data --steps ${steps}${from}
torchrun --nproc_per_node=4 train.py --data data --steps ${steps}${from}
sbatch train.slurm
\`\`\`

${countsTable(networks)}

| what          |                                                                                    |
| ------------- | ---------------------------------------------------------------------------------- |
| images        | ${data.set}${data.halve ? ', at half size' : ''}${data.augment ? ', random crops and flips' : ''} |
| batch         | ${recipe.batch}, shared by all processes |
| learning rate | ${recipe.learningRate}${scheduleText(recipe)} |
| optimiser     | ${optimiserText(recipe)} |
| seed          | ${seed} |

**Images.** \`--data\` names a folder with a data pack (\`manifest.json\` and its shards, as in the app's \`data/\`) or with
CIFAR-10's binary version (\`data_batch_1.bin\` …). With the same pack, the images come in the browser's order. A pack of your own
pictures can be rebuilt from their folder: \`python images.py FOLDER --pack data\` (\`data/images.csv\` lists each picture with its
class).

**Initial weights.** \`--weights FILE\`, given once for each network, starts from weights saved in the browser or here
(safetensors). Without it, PyTorch draws them from the browser's distribution, with other values.
${pretrained && `\n**Pre-training.** ${pretrained} ${aboutPretrained(start)}\n`}${rounded && `\n**One rounding.** ${rounded} In \`initial-*.safetensors\` it is moved already; PyTorch moves none that it draws.\n`}
**Results** are in \`run/\`: \`record.zip\`, which the app's lab opens (drop it on the page); for runs of up to 2000 steps also
\`record.json\`, the same without rounding; \`NETWORK.safetensors\`, which the lab loads into a network; \`checkpoint.pt\`,
from which a stopped run resumes. Norms are those of the whole batch, before clipping.

**Several processes** share each batch. (Under Python 3.11, torchrun of PyTorch 1.13 needs \`--redirects 1 --tee 1\`.) Batch
normalisation is then computed over each process's share, as usual; \`--sync-norm\` computes it over all, on GPUs. Without
batch normalisation, one process and several give the same run, apart from rounding.

**Comparing with the browser.** From the same weights the first losses agree to many digits. Gradients of deep plain networks
are sensitive to rounding: the 32-bit convolutions of some builds of PyTorch change them by several per cent. \`--double\`
computes in 64 bits as a reference; over 20 steps an NVIDIA GPU and a CPU agreed to eleven digits. \`--tf32\` is faster on such
GPUs and less exact.
`;
}

const aboutPretrained = (start: ProjectOptions['start']) =>
	start
		? 'This project does not repeat it: `initial-*.safetensors` are the weights after it, with which `--weights` above starts.'
		: 'This project does not repeat it, and the weights after it are not known here: `initial-*.safetensors`, if they are there, are the random ones before it.';

/** `SGD, lr=0.03, momentum=0.9, weight_decay=0.0001` */
function optimiserText(recipe: Experiment['recipe']): string {
	const { name, arguments: given } = torchOptimiser(recipe);
	return [name, ...Object.entries(given).map(([key, value]) => `${key}=${value}`)].join(', ');
}

/** Describes the schedule of the learning rate. */
function scheduleText({ schedule, warmUp }: Experiment['recipe']): string {
	const rises = warmUp ? `, after a linear warm-up over ${warmUp} steps` : '';
	if (!schedule) return rises;
	return schedule.kind === 'drops'
		? `${rises}, divided by 10 after ${schedule.after.map((step) => step.toLocaleString('en')).join(' and ')} steps`
		: `${rises}, decaying to 0 along a cosine over ${schedule.steps.toLocaleString('en')} steps`;
}

/** @param options options for train.py */
export const slurmScript = (job: string, options: string) => `#!/bin/bash
#SBATCH --job-name=${job}
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --gpus-per-node=4
#SBATCH --cpus-per-task=16
#SBATCH --time=12:00:00
#SBATCH --output=%x-%j.log
# A requeued job resumes from its last checkpoint.
#SBATCH --requeue

# Port 0 means any free port, so that two jobs on one node do not collide.
srun torchrun --rdzv_backend=c10d --rdzv_endpoint=localhost:0 --nproc_per_node="$SLURM_GPUS_ON_NODE" train.py ${options}
`;
