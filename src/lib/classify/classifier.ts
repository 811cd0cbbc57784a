/** Classifies a photograph with a network whose weights the user has brought. In the worker. */
import { entry } from '$lib/base/entry';
import { decodePicture, MOST_PIXELS, pictureHead, type Decoders } from '$lib/data/import/decode';
import { NOT_IMAGES } from '$lib/data/import/problem';
import { HEAD_BYTES, isPicture, kindOf } from '$lib/data/import/sniff';
import { Inference, type NodeValues } from '$lib/engine/inference';
import { fitWeights, tensorsOf } from '$lib/export/reading/fit';
import { WeightsError, type LeftOut, type WeightsWarning } from '$lib/export/reading/problems';
import { readWeights } from '$lib/export/reading/read';
import { activationMap, type FeatureMap } from '$lib/lab/studies/inside/record';
import {
	analyse,
	blockParts,
	lastMaps,
	networkOf,
	parseName,
	withoutBlock,
	type AnalysedNetwork
} from '$lib/network';
import { inferenceBytes } from './memory';
import { cutOut, standardised, type Convention } from './photograph';
import { ClassifyError } from './problem';

/** Weights that were read into a network. */
export interface LoadedWeights {
	/** Numbers of tensors and of their values. */
	readonly tensors: number;
	readonly values: number;
	readonly warnings: readonly WeightsWarning[];
	readonly leftOut: readonly LeftOut[];
	/** What the names of the tensors tell of the pixels that they expect. */
	readonly convention: Convention;
}

/** A photograph as the network sees it. */
export interface Photograph {
	/** Bytes `[side, side, 3]`. */
	readonly pixels: Uint8Array<ArrayBuffer>;
	readonly side: number;
}

export interface Answer {
	/** The class scores, before softmax. */
	readonly scores: Float32Array;
	readonly milliseconds: number;
}

/** The answer without one block. */
export interface RemovedBlock {
	/** Index among `blocks`. */
	readonly block: number;
	/** Null if the block changes the shape of its input, so that the rest does not fit without it. */
	readonly scores: Float32Array | null;
}

/** Names by which Caffe's converters save GoogLeNet. */
const CAFFE_NAMES = /7x7_s2/;

interface State {
	readonly network: AnalysedNetwork;
	readonly inference: Inference;
	readonly weights: NodeValues;
}

export class Classifier {
	#state: State | null = null;
	#photograph: Photograph | null = null;
	/** The output of the input: the standardised photograph. */
	#input: NodeValues = new Map();
	#gates: readonly number[] = [];
	/** Incremented to stop what is running. */
	#round = 0;

	constructor(private readonly decoders: Decoders) {}

	/**
	 * Reads the weights of a network.
	 * @param onProgress called with the share of the numbers that are read, 0…1
	 * @throws ClassifyError if the file is not one of weights, or does not fit
	 */
	async load(
		name: string,
		file: File,
		onProgress: (share: number) => void
	): Promise<LoadedWeights> {
		this.#state = null;
		const network = analyse(networkOf(parseName(name)));
		try {
			const fit = fitWeights(network, await readWeights(file));
			const whole = fit.taken.reduce((sum, { target }) => sum + target.size, 0);
			const weights = new Map<string, Float32Array>();
			let read = 0;
			for await (const { target, values } of tensorsOf(network, fit)) {
				weights.set(target.name, values);
				onProgress((read += target.size) / whole);
			}
			this.#state = { network, weights, inference: await Inference.open(weights) };
			const caffe = fit.taken.some(({ name }) => CAFFE_NAMES.test(name));
			const { warnings, leftOut, taken } = fit;
			const convention = caffe ? 'caffe' : 'torchvision';
			return { tensors: taken.length, values: whole, warnings, leftOut, convention };
		} catch (error) {
			if (!(error instanceof WeightsError)) throw error;
			throw new ClassifyError({ code: 'weights', file: file.name, problem: error.problem });
		}
	}

	/**
	 * Decodes a picture and cuts out what the network sees.
	 * @throws ClassifyError if it is no picture, or too large
	 */
	async open(name: string, file: File): Promise<Photograph> {
		const [side] = analyse(networkOf(parseName(name))).network.input;
		const bytes = new Uint8Array(await file.arrayBuffer());
		const kind = kindOf(bytes.subarray(0, HEAD_BYTES), bytes.length);
		if (!isPicture(kind))
			throw new ClassifyError({
				code: 'no-picture',
				file: file.name,
				kind: NOT_IMAGES[kind] ?? null
			});
		try {
			const { width, height } = pictureHead(bytes, kind);
			if (width * height > MOST_PIXELS)
				throw new ClassifyError({ code: 'large-picture', width, height, most: MOST_PIXELS });
			const raster = await decodePicture(bytes, kind, this.decoders);
			return (this.#photograph = { pixels: cutOut(raster, side), side });
		} catch (error) {
			if (error instanceof ClassifyError || error instanceof RangeError) throw error;
			const detail = (error as Error).message;
			throw new ClassifyError({ code: 'damaged-picture', file: file.name, detail });
		}
	}

	/** The answer for the photograph. @throws ClassifyError if a score is not finite */
	async classify(
		convention: Convention,
		gates: readonly number[],
		onProgress: (share: number) => void
	): Promise<Answer> {
		const { network } = this.#ready;
		this.stop();
		this.#gates = gates;
		if (!this.#photograph) throw new Error('no photograph was opened');
		const { pixels } = this.#photograph;
		this.#input = new Map([[network.nodes[0].node.id, standardised(pixels, convention)]]);
		const started = performance.now();
		const scores = await this.#answer(network, this.#input, onProgress);
		return { scores, milliseconds: performance.now() - started };
	}

	/** The output of a node for the photograph. */
	async map(node: string): Promise<FeatureMap> {
		const { network, inference } = this.#ready;
		const found = await inference.outputs(network, this.#input, [node], { gates: this.#gates });
		return { shape: shapeOf(network, node), values: entry(found, node) };
	}

	/**
	 * The class activation map.
	 * @returns `[H, W, 1]`; null if the network has no global pooling right before its dense layer
	 */
	async activation(index: number): Promise<FeatureMap | null> {
		const { network, weights } = this.#ready;
		const pooled = lastMaps(network);
		if (!pooled) return null;
		const { id } = network.nodes[network.nodes.length - 1].node;
		return activationMap(await this.map(pooled), entry(weights, `${id}/kernel`), index);
	}

	/**
	 * Removes one block at a time (Veit, Wilber and Belongie 2016) and answers again. Each answer begins with what the
	 * block reads, which the blocks before it have computed once.
	 */
	async withoutBlocks(onFound: (found: RemovedBlock) => void): Promise<void> {
		const { network, inference } = this.#ready;
		const round = ++this.#round;
		let given = this.#input;
		for (const { index } of network.blocks) {
			const { input, output } = blockParts(network, index);
			const rest = withoutBlock(network, index);
			const options = { gates: this.#gates };
			const own = await inference.outputs(network, given, [input], options);
			given = new Map([...this.#input, ...own]);
			if (round !== this.#round) return;
			const scores = rest && (await this.#answer(analyse(rest), given, () => {}, index));
			if (round !== this.#round) return;
			onFound({ block: index, scores });
			given = new Map([
				...this.#input,
				...(await inference.outputs(network, given, [output], options))
			]);
		}
	}

	/** Ends `withoutBlocks`. */
	stop(): void {
		this.#round++;
	}

	get #ready(): State {
		if (!this.#state) throw new Error('no weights were read');
		return this.#state;
	}

	/** @param removed index of the block that the network lacks, whose gate is left out */
	async #answer(
		network: AnalysedNetwork,
		given: NodeValues,
		onProgress: (share: number) => void,
		removed?: number
	): Promise<Float32Array> {
		const { inference } = this.#ready;
		const { id } = network.nodes[network.nodes.length - 1].node;
		const gates = this.#gates.filter((_, block) => block !== removed);
		const found = await inference.outputs(network, given, [id], { gates, onProgress });
		const scores = entry(found, id);
		if (!scores.every(Number.isFinite)) throw new ClassifyError({ code: 'not-finite' });
		return scores;
	}

	/** Says in values why something failed. */
	problemOf(error: unknown): ClassifyError['problem'] {
		if (error instanceof ClassifyError) return error.problem;
		const { message, name } = error as Error;
		// What browsers throw if an array or the heap of wasm cannot grow.
		if (/alloc|memory|oom/i.test(message) || name === 'RuntimeError')
			return {
				code: 'memory',
				needed: this.#state ? inferenceBytes(this.#state.network).total : 0
			};
		return { code: 'failed', detail: message };
	}
}

const shapeOf = ({ nodes }: AnalysedNetwork, id: string) =>
	entry(new Map(nodes.map(({ node, outputShape }) => [node.id, outputShape])), id);
