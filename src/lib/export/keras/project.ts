/** The networks of an experiment as Keras code with their weights: files by their paths. */
import type { ImageShape } from '$lib/base/image';
import { strToU8, zipSync, type Zippable } from 'fflate';
import { laneNetwork, type Experiment } from '$lib/lab/experiment/experiment';
import { analyse } from '$lib/network';
import { namedNetworks, titlesOf } from '../lanes';
import { writeSafetensors } from '../safetensors';
import { freshWeights, toTensors, type Weights } from '../weights';
import { kerasCifarModel } from './cifar';
import weights from './files/weights.py?raw';

export interface KerasOptions {
	readonly experiment: Experiment;
	/** Shape of an image as the networks see it, `[H, W, C]`. */
	readonly input: ImageShape;
	/** Name and version of the app. */
	readonly app: string;
	/** Weights by network; those that the browser starts from where there are none. */
	readonly trained: readonly Weights[] | null;
}

export function kerasProject(options: KerasOptions): Map<string, Uint8Array> {
	const { experiment, input, trained } = options;
	const networks = namedNetworks(experiment, input);
	const files = new Map<string, Uint8Array>([
		['README.md', strToU8(readme(options))],
		['model.py', strToU8(kerasCifarModel(networks))],
		['weights.py', strToU8(weights)],
		[
			'requirements.txt',
			strToU8(
				'keras>=3.0\nnumpy>=1.24\n# One of these computes; KERAS_BACKEND says which.\ntensorflow\n# jax\n# torch\n'
			)
		]
	]);
	experiment.lanes.forEach((lane, i) => {
		const network = analyse(laneNetwork(lane, input));
		const own = trained?.[i] ?? freshWeights(network, experiment.seed);
		files.set(`${networks[i].name}.safetensors`, writeSafetensors(toTensors(network, own)));
	});
	return files;
}

/** The same as one file to download. */
export function kerasZip(options: KerasOptions): Uint8Array {
	const files: Zippable = {};
	for (const [path, bytes] of kerasProject(options))
		// Weights do not get smaller.
		files[`keras/${path}`] = [bytes, { level: path.endsWith('.safetensors') ? 0 : 6 }];
	return zipSync(files);
}

function readme({ experiment, input, app, trained }: KerasOptions): string {
	const [{ name }] = namedNetworks(experiment, input);
	return `# ${titlesOf(experiment).join(', ')} in Keras

Written by ${app}: \`model.py\` says what the networks are, \`*.safetensors\` hold their weights (${trained ? 'trained' : 'as the browser starts from them'}).

\`\`\`sh
pip install -r requirements.txt
\`\`\`

\`\`\`python
from model import NETWORKS
from weights import load_weights

model = NETWORKS["${name}"]()
load_weights(model, "${name}.safetensors")
logits = model.predict(images)  # [N, ${input.join(', ')}], standardised as in the browser
\`\`\`

Batch normalisation keeps its running variance without Bessel's correction in Keras, with it in PyTorch and in the browser: in
training the averages differ by a share of 1 / (N H W).
`;
}
