/** Networks as ONNX files. */
import { entry } from '$lib/base/entry';
import { initialDraws } from '$lib/engine/initialise';
import type { AnalysedNetwork } from '$lib/network';
import type { Weights } from '../weights';
import { onnxGraph, type NetworkValues } from './graph';
import { onnxBytes, onnxFile } from './proto';

export interface OnnxOptions {
	/** Trained ones, or those that the lab starts from with a seed. */
	readonly weights: Weights | { readonly seed: number };
	/** Of the shortcuts, one per block; 1 where absent. */
	readonly gates?: readonly number[];
	/** Name and version of the app. */
	readonly app: string;
	/** What else the file tells, such as the link to the experiment. */
	readonly metadata?: Readonly<Record<string, string>>;
}

export interface OnnxExport {
	/** Of the file, but for some thousand. */
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

/** Those of a seed are drawn when they are asked for. */
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
