/** Zips projects for download, each in a folder with the program's name. */
import { strToU8, zipSync, type Zippable } from 'fflate';
import { laneNetwork } from '$lib/lab/experiment/experiment';
import { analyse, type NetworkSpec } from '$lib/network';
import { kerasNetworkProject, kerasProject, type KerasOptions } from './keras/project';
import { imagesFiles } from './networks';
import { pytorchNetworkProject } from './pytorch/networkProject';
import { pytorchProject, type ProjectOptions } from './pytorch/project';
import { writeSafetensors } from './safetensors';
import { freshWeights, toTensors, type Weights } from './weights';

export interface ZipOptions extends ProjectOptions {
	/** Files of the data pack by name; empty if the user provides the images. */
	readonly images: ReadonlyMap<string, Uint8Array>;
	/** Trained weights by network; null before training. */
	readonly trained: { readonly step: number; readonly lanes: readonly Weights[] } | null;
}

function zipped(folder: string, files: ReadonlyMap<string, string | Uint8Array>): Uint8Array {
	const zip: Zippable = {};
	for (const [path, file] of files)
		// Weights and images hardly compress.
		zip[`${folder}/${path}`] = typeof file === 'string' ? strToU8(file) : [file, { level: 0 }];
	return zipSync(zip);
}

const NETWORK_PROJECTS = { pytorch: pytorchNetworkProject, keras: kerasNetworkProject };

/** Zips the project of a single network. */
export const networkZip = (
	program: keyof typeof NETWORK_PROJECTS,
	spec: NetworkSpec,
	app: string
): Uint8Array => zipped(program, NETWORK_PROJECTS[program](spec, app));

export const kerasZip = (options: KerasOptions): Uint8Array =>
	zipped('keras', kerasProject(options));

/** Zips the project of an experiment with images and weights; the initial ones are those of the browser, after pre-training if they are known. */
export function projectZip(options: ZipOptions): Uint8Array {
	const { experiment, input, images, trained, start } = options;
	const files = new Map<string, string | Uint8Array>(pytorchProject(options));
	experiment.lanes.forEach((lane, i) => {
		const analysed = analyse(laneNetwork(lane, input));
		const put = (name: string, weights: Weights) =>
			files.set(`${name}-${i + 1}.safetensors`, writeSafetensors(toTensors(analysed, weights)));
		put('initial', start?.[i] ?? freshWeights(analysed, experiment.seed, lane));
		if (trained?.lanes[i]) put(`step-${trained.step}`, trained.lanes[i]);
	});
	for (const [path, file] of imagesFiles(images)) files.set(path, file);
	return zipped('pytorch', files);
}
