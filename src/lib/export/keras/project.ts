/** Writes the networks of an experiment as Keras code with their weights. */
import { laneNetwork } from '$lib/lab/experiment/experiment';
import { analyse, formatName, type NetworkSpec } from '$lib/network';
import {
	aboutImages,
	countsTable,
	imagesFiles,
	modelFiles,
	namedNetwork,
	namedNetworks,
	pretrainingText,
	pythonFiles,
	roundingText,
	titlesOf,
	type NamedNetwork
} from '../networks';
import type { ProjectOptions } from '../pytorch/project';
import { writeSafetensors } from '../safetensors';
import { freshWeights, toTensors, type Weights } from '../weights';

export interface KerasOptions extends Pick<
	ProjectOptions,
	'experiment' | 'input' | 'app' | 'start'
> {
	/** Weights of each network; null for the initial ones. */
	readonly trained: readonly Weights[] | null;
	/** Files of the pack of images by name; none where they are to be brought by hand. */
	readonly images: ReadonlyMap<string, Uint8Array>;
}

const REQUIREMENTS = `keras>=3.0
numpy>=1.24
# The backend; KERAS_BACKEND selects it.
tensorflow
# jax
# torch
`;

/** The files of the project, by path. */
export function kerasProject(options: KerasOptions): Map<string, string | Uint8Array> {
	const { experiment, input, trained, start, app, images } = options;
	const networks = namedNetworks(experiment, input);
	const title = titlesOf(experiment).join(', ');
	const files = new Map<string, string | Uint8Array>([
		[
			'README.md',
			readme(title, networks, app) + aboutWeights(networks[0].name, options) + aboutImages(images)
		],
		...modelFiles('keras', networks),
		...pythonFiles('keras', 'weights'),
		['requirements.txt', REQUIREMENTS],
		...imagesFiles(images)
	]);
	experiment.lanes.forEach((lane, i) => {
		const network = analyse(laneNetwork(lane, input));
		const own = trained?.[i] ?? start?.[i] ?? freshWeights(network, experiment.seed, lane);
		files.set(`${networks[i].name}.safetensors`, writeSafetensors(toTensors(network, own)));
	});
	return files;
}

/** The files of a single network's project: code without weights. */
export function kerasNetworkProject(spec: NetworkSpec, app: string): Map<string, string> {
	const network = namedNetwork(spec);
	return new Map([
		['README.md', readme(formatName(spec), [network], app)],
		...modelFiles('keras', [network]),
		['requirements.txt', REQUIREMENTS]
	]);
}

const readme = (
	title: string,
	networks: readonly NamedNetwork[],
	app: string
) => `# ${title} in Keras

Written by ${app}. \`model.py\` defines the family of networks, \`networks.json\` lists these networks with their options.

${countsTable(networks)}

\`\`\`sh
pip install -r requirements.txt
\`\`\`

\`\`\`python
from networks import build

model = build("${networks[0].name}")
\`\`\`
`;

function aboutWeights(name: string, { experiment, input, trained, start }: KerasOptions): string {
	const titles = titlesOf(experiment);
	const pretrained = trained ? '' : pretrainingText(experiment, titles);
	const rounded = trained ? '' : roundingText(experiment, titles);
	const about = start
		? 'These are the weights after it.'
		: 'The weights after it are not known here; these are the random ones before it.';
	return `
**Weights** (${trained ? 'trained' : 'the initial ones of the browser'}) are in \`*.safetensors\`:

\`\`\`python
from weights import load_weights

load_weights(model, "${name}.safetensors")
logits = model.predict(images)  # [N, ${input.join(', ')}], standardised as in the browser
\`\`\`
${pretrained && `\n**Pre-training.** ${pretrained} ${about}\n`}${rounded && `\n**One rounding.** ${rounded} In these files it is moved already.\n`}
In training, Keras computes the running variance of batch normalisation without Bessel's correction, PyTorch and the browser
with it: the variances differ by a fraction of 1 / (N H W).
`;
}
