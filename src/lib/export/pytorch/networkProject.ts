/** Writes a single network as a PyTorch project: its code, and training on its paper's data set. */
import { paperTraining } from '$lib/lab/experiment/paper';
import {
	formatName,
	isMini,
	networkOf,
	type FamilyName,
	type MiniName,
	type NetworkSpec
} from '$lib/network';
import { countsTable, modelFiles, namedNetwork, pythonFiles, type NamedNetwork } from '../networks';
import { pytorchProject, slurmScript, TORCH } from './project';

/** The papers' recipe for ImageNet, as written to `recipe.json`. */
interface Recipe {
	readonly epochs: number;
	readonly batch: number;
	readonly rate: number;
	readonly decay: number;
	/** Epochs after which the rate is divided by 10. */
	readonly drops: readonly number[];
	/** Range from which the shorter side of a training image is drawn, in pixels. */
	readonly shorter: readonly [number, number];
}

/** The papers lower the rate when the error stops falling; these epochs have since become customary. */
const ALEXNET: Recipe = {
	...{ epochs: 90, batch: 128, rate: 0.01, decay: 5e-4, drops: [30, 50, 70] },
	shorter: [256, 256]
};
type ImageNetFamily = Exclude<FamilyName, 'cifar' | MiniName>;
const RECIPES = {
	alexnet: {
		source: 'Krizhevsky et al. 2012, section 5: about 90 epochs, the rate lowered three times',
		recipe: ALEXNET
	},
	vgg: {
		source:
			'Simonyan and Zisserman 2014, section 3: 74 epochs, the rate lowered three times. They began from a shallower network already trained; without that, or normalisation, it may not learn',
		recipe: {
			...{ epochs: 74, batch: 256, rate: 0.01, decay: 5e-4, drops: [30, 45, 60] },
			shorter: [256, 512]
		}
	},
	googlenet: {
		source:
			'Szegedy et al. 2014, section 6, say little: momentum 0.9, and a rate that falls by 4 % every 8 epochs. These are the values of AlexNet',
		recipe: { ...ALEXNET, shorter: [256, 320] }
	},
	resnet: {
		source:
			'He et al. 2015, section 3.4: 600,000 steps, the rate lowered when the error no longer falls',
		recipe: {
			...{ epochs: 120, batch: 256, rate: 0.1, decay: 1e-4, drops: [30, 60, 90] },
			shorter: [256, 480]
		}
	}
} satisfies { [F in ImageNetFamily]: { readonly source: string; readonly recipe: Recipe } };

/**
 * Text files by path. Members of the CIFAR family train on CIFAR-10 as in He et al. 2015, section 4.2, if their input
 * has its size; otherwise, and for the class-sized families, the project has only code.
 * @param app name and version of the app
 */
export function pytorchNetworkProject(spec: NetworkSpec, app: string): Map<string, string> {
	const network = namedNetwork(spec);
	const model = modelFiles('pytorch', [network]);
	if (spec.family === 'cifar') {
		const training = paperTraining(spec.options);
		return training ? pytorchProject({ ...training, app, link: null }) : new Map(model);
	}
	if (isMini(spec)) return new Map(model);
	const { recipe, source } = RECIPES[spec.family];
	const [[, train]] = pythonFiles('pytorch', 'train_imagenet');
	const [size] = networkOf(spec).input;
	return new Map([
		['README.md', readme(network, recipe, source, app)],
		...model,
		['train.py', train],
		['recipe.json', `${JSON.stringify({ ...recipe, size }, null, '\t')}\n`],
		...pythonFiles('pytorch', 'processes'),
		['requirements.txt', `torch>=${TORCH}\ntorchvision>=0.14\n`],
		['train.slurm', slurmScript(network.name, '--data imagenet')]
	]);
}

function readme(network: NamedNetwork, recipe: Recipe, source: string, app: string): string {
	return `# ${formatName(network.spec)} in PyTorch

Written by ${app}. \`model.py\` defines the family of networks, \`networks.json\` holds the options of this one.

${countsTable([network])}

\`\`\`sh
pip install -r requirements.txt
torchrun --nproc_per_node=8 train.py --data imagenet
sbatch train.slurm
\`\`\`

\`--data\` names a folder that contains \`train\` and \`val\`, each with one folder of images per class (1000 classes).

| what          |                                                             |
| ------------- | ----------------------------------------------------------- |
| batch         | ${recipe.batch}, shared by all processes                     |
| learning rate | ${recipe.rate}, divided by 10 after epochs ${recipe.drops.join(', ')} of ${recipe.epochs} |
| optimiser     | SGD, momentum 0.9, weight decay ${recipe.decay}              |
| images        | shorter side drawn from ${recipe.shorter.join(' to ')}, random crops, flips |

Based on ${source}. You can change all of it, in \`recipe.json\` or with options: \`python train.py --help\`.

**Results** are in \`run/\`: \`curve.csv\` with loss and errors of each epoch (one central crop, where papers often average ten),
\`norms.csv\` with the gradient norm of every parameter every 100 steps, and \`checkpoint.pt\`, from which a stopped run
resumes after its last complete epoch.
`;
}
