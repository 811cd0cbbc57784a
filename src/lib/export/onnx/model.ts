/** Writes networks as ONNX files. */
import { entry } from '$lib/base/entry';
import { initialDraws } from '$lib/engine/initialise';
import type { AnalysedNetwork } from '$lib/network';
import type { Weights } from '../weights';
import { onnxGraph, type NetworkValues } from './graph';
import { onnxBytes, onnxFile } from './proto';

export interface OnnxOptions {
	/** Trained weights, or the lab's initial weights for a seed. */
	readonly weights: Weights | { readonly seed: number };
	/** Gates of the shortcuts, one per block; 1 when absent. */
	readonly gates?: readonly number[];
	/** Name and version of the app. */
	readonly app: string;
	/** More metadata for the file, such as the link to the experiment. */
	readonly metadata?: Readonly<Record<string, string>>;
}

export interface OnnxExport {
	/** Approximate size of the file in bytes. */
	readonly bytes: number;
	/** The file in pieces; values of large networks are drawn while it is written. */
	readonly pieces: () => Generator<Uint8Array>;
}

export function onnxModel(network: AnalysedNetwork, options: OnnxOptions): OnnxExport {
	const { weights, gates, app, metadata = {} } = options;
	const [producer, version = ''] = app.split(' ');
	const graph = onnxGraph(network, { ...valuesOf(network, weights), gates });
	return {
		bytes: onnxBytes(graph),
		pieces: () => onnxFile({ graph, producer, version, metadata })
	};
}

/** The values of a network; those of a seed are drawn on request. */
function valuesOf(
	network: AnalysedNetwork,
	weights: OnnxOptions['weights']
): Pick<NetworkValues, 'parameter' | 'average'> {
	if ('seed' in weights)
		return { parameter: initialDraws(network, weights.seed), average: () => undefined };
	const { parameters, averages } = weights;
	return {
		parameter: ({ name }) => entry(parameters, name),
		average: (name) => averages.get(name)
	};
}
