/** Projects as one file to download. */
import { strToU8, zipSync, type Zippable } from 'fflate';
import { laneNetwork } from '$lib/lab/experiment/experiment';
import { analyse, type NetworkSpec } from '$lib/network';
import { writeSafetensors } from '../safetensors';
import { freshWeights, toTensors, type Weights } from '../weights';
import { pytorchNetworkProject } from './networkProject';
import { pytorchProject, type ProjectOptions } from './project';

const FOLDER = 'pytorch';

export interface ZipOptions extends ProjectOptions {
	/** Files of the pack by name; none where they are to be brought by hand. */
	readonly images: ReadonlyMap<string, Uint8Array>;
	/** Weights as they have become, by network; null before training. */
	readonly trained: { readonly step: number; readonly lanes: readonly Weights[] } | null;
}

/** The project of a network by itself. */
export function networkZip(spec: NetworkSpec, app: string): Uint8Array {
	const files: Zippable = {};
	for (const [path, text] of pytorchNetworkProject(spec, app))
		files[`${FOLDER}/${path}`] = strToU8(text);
	return zipSync(files);
}

/** An experiment's, with weights and images. Initial weights are those that the browser starts from. */
export function projectZip(options: ZipOptions): Uint8Array {
	const { experiment, input, images, trained } = options;
	const files: Zippable = {};
	const put = (path: string, bytes: Uint8Array, level: 0 | 6 = 6) =>
		(files[`${FOLDER}/${path}`] = [bytes, { level }]);
	for (const [path, text] of pytorchProject(options)) put(path, strToU8(text));
	experiment.lanes.forEach((lane, i) => {
		const analysed = analyse(laneNetwork(lane, input));
		const initial = freshWeights(analysed, experiment.seed);
		// Weights do not get smaller.
		put(`initial-${i + 1}.safetensors`, writeSafetensors(toTensors(analysed, initial)), 0);
		const own = trained?.lanes[i];
		if (own)
			put(
				`step-${trained.step}-${i + 1}.safetensors`,
				writeSafetensors(toTensors(analysed, own)),
				0
			);
	});
	for (const [name, bytes] of images) put(`data/${name}`, bytes, 0);
	return zipSync(files);
}
