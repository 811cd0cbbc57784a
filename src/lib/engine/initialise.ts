/**
 * Draws a network's starting weights from a seed, in plain TypeScript, so that every backend starts
 * from the same bits. Each parameter has its own random stream, so parameters of the same name start alike in every network.
 */
import { randomNormal } from 'd3';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import {
	analyse,
	branchEnd,
	type AnalysedNetwork,
	type Network,
	type Parameter
} from '$lib/network';
import type { LaneSetup, LaneState } from './engine';
import { hashText } from '$lib/base/hashText';

/** Starting values by parameter name, kernels in HWIO, the dense matrix `[in, out]`. */
export function initialParameters(network: Network, seed: number): Map<string, Float32Array> {
	const analysed = analyse(network);
	const draw = initialDraws(analysed, seed);
	return new Map(analysed.parameters.map((parameter) => [parameter.name, draw(parameter)]));
}

/** The same draws one parameter at a time, for networks whose parameters do not fit into memory at once. */
export function initialDraws(
	analysed: AnalysedNetwork,
	seed: number
): (parameter: Parameter) => Float32Array {
	const { network, nodes, blocks } = analysed;
	const zero = new Set(
		network.initialisation === 'zero-residual'
			? blocks.flatMap(({ index }) => branchEnd(analysed, index).map(({ name }) => name))
			: []
	);
	/** Initial values of learned scales and of biases that do not start at 0, by node. */
	const initial = new Map(
		nodes.flatMap(({ node }) => {
			if (node.type === 'scale') return [[node.id, node.initial] as const];
			return node.type === 'conv' && node.initialBias ? [[node.id, node.initialBias] as const] : [];
		})
	);
	return (parameter) => {
		const { name, node, size, role } = parameter;
		if (zero.has(name) || role === 'beta') return new Float32Array(size);
		if (role === 'gamma') return new Float32Array(size).fill(1);
		if (role === 'scale' || role === 'bias')
			return new Float32Array(size).fill(initial.get(node) ?? 0);
		const draw = normalDraws(seed, name, deviation(network, parameter));
		return Float32Array.from({ length: size }, draw);
	};
}

/**
 * The same values but for the first, which moves to the next 32-bit number away from 0: a change as small as one
 * rounding, of at most 1.2e-7 of the value.
 */
export function withOneRounding(
	values: ReadonlyMap<string, Float32Array>
): Map<string, Float32Array> {
	const [[name, first]] = values;
	const moved = first.slice();
	// In memory, 32-bit numbers of one sign follow one another as whole numbers do.
	new Uint32Array(moved.buffer)[0]++;
	return new Map([...values, [name, moved]]);
}

/** The weights from which a lane starts: those drawn or pre-trained, or one rounding away from them. */
export const startOf = (
	{ rounding = false }: { readonly rounding?: boolean },
	weights: ReadonlyMap<string, Float32Array>
): ReadonlyMap<string, Float32Array> => (rounding ? withOneRounding(weights) : weights);

/** The state that a lane starts from, in the order of its parameters and of the given normalisations. */
export interface StartingState {
	readonly values: readonly Float32Array[];
	readonly velocities: readonly Float32Array[];
	/** Means of squared gradients; null before the first step of an optimiser that keeps them. */
	readonly squares: readonly Float32Array[] | null;
	readonly averages: readonly { readonly mean: Float32Array; readonly variance: Float32Array }[];
}

/** Puts a state into the order of a lane's parameters and normalisations. @throws RangeError like `startingState` */
export function orderedState(
	state: LaneState,
	parameters: readonly Parameter[],
	norms: readonly { readonly node: string; readonly channels: number }[]
): StartingState {
	const all = (from: ReadonlyMap<string, Float32Array>) =>
		parameters.map(({ name, size }) => take(from, name, size));
	return {
		values: all(state.parameters),
		velocities: all(state.velocities),
		squares: state.squares ? all(state.squares) : null,
		averages: norms.map(({ node, channels }) => ({
			mean: take(state.averages, `${node}/mean`, channels),
			variance: take(state.averages, `${node}/variance`, channels)
		}))
	};
}

function take(from: ReadonlyMap<string, Float32Array>, name: string, size: number): Float32Array {
	const values = from.get(name);
	if (values?.length !== size)
		throw new RangeError(`${name}: expected ${size} values, received ${values?.length ?? 'none'}`);
	return values.slice();
}

/**
 * The starting state of a setup: its state or weights if given, else random draws, with momentum 0, mean 0 and variance
 * 1. Returns copies, so the caller may modify them.
 * @throws RangeError naming a parameter whose values are missing or have the wrong length
 */
export function startingState(
	{ state, weights, network, seed }: LaneSetup,
	parameters: readonly Parameter[],
	norms: readonly { readonly node: string; readonly channels: number }[]
): StartingState {
	if (state) return orderedState(state, parameters, norms);
	const drawn = weights ?? initialParameters(network, seed);
	return {
		values: parameters.map(({ name, size }) => take(drawn, name, size)),
		velocities: parameters.map(({ size }) => new Float32Array(size)),
		squares: null,
		averages: norms.map(({ channels }) => ({
			mean: new Float32Array(channels),
			variance: new Float32Array(channels).fill(1)
		}))
	};
}

/** Builds a lane's state from its arrays; the inverse of `startingState`. */
export function laneState(
	{ values, velocities, squares, averages }: StartingState,
	parameters: readonly Parameter[],
	norms: readonly { readonly node: string }[]
): LaneState {
	const byName = (list: readonly Float32Array[]) =>
		new Map(parameters.map(({ name }, i) => [name, list[i]]));
	return {
		parameters: byName(values),
		velocities: byName(velocities),
		...(squares ? { squares: byName(squares) } : {}),
		averages: new Map(
			norms.flatMap(({ node }, i) => [
				[`${node}/mean`, averages[i].mean] as const,
				[`${node}/variance`, averages[i].variance] as const
			])
		)
	};
}

/** Standard deviation of a kernel's initial values; see `Initialisation`. */
function deviation({ initialisation }: Network, { shape }: Parameter): number {
	const receptive = shape.slice(0, -2).reduce((a, b) => a * b, 1);
	const [fanIn, fanOut] = shape.slice(-2).map((size) => receptive * size);
	switch (initialisation) {
		case 'he':
		case 'zero-residual':
			return Math.sqrt(2 / fanIn);
		case 'twice-he':
			return 2 * Math.sqrt(2 / fanIn);
		case 'xavier':
			return Math.sqrt(2 / (fanIn + fanOut));
		case 'small-normal':
			return 0.01;
	}
}

/** Normal draws with mean 0 and deviation `sigma`, from a stream determined by seed and name. */
export function normalDraws(seed: number, name: string, sigma: number): () => number {
	const generator = xoroshiro128plus(hashText(`${seed}/${name}`) | 0);
	return randomNormal.source(() => uniformFloat64(generator))(0, sigma);
}
