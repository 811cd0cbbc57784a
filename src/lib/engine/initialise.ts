/**
 * Draws a network's starting weights from a seed, in plain TypeScript, so that every backend starts
 * from the same bits. Each parameter has a stream of its own, so networks share what they have in common.
 */
import { randomNormal } from 'd3';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { analyse, type Network, type Parameter } from '$lib/network';
import type { LaneSetup } from './engine';

/** Starting values by parameter name, kernels in HWIO, the dense matrix `[in, out]`. */
export function initialParameters(network: Network, seed: number): Map<string, Float32Array> {
	const { parameters, blocks, nodes } = analyse(network);
	const zero = new Set<string>();
	if (network.initialisation === 'zero-residual')
		for (const { id } of blocks) {
			const branch = nodes.filter(
				({ node }) => node.id === `${id}/conv2` || node.id === `${id}/conv2/norm`
			);
			const last = branch.at(-1)!;
			zero.add(`${last.node.id}/${last.node.type === 'batchNorm' ? 'gamma' : 'kernel'}`);
		}
	return new Map(
		parameters.map((parameter) => {
			const { name, size, role } = parameter;
			if (zero.has(name) || role === 'bias' || role === 'beta')
				return [name, new Float32Array(size)];
			if (role === 'gamma') return [name, new Float32Array(size).fill(1)];
			const draw = normal(seed, name, deviation(network, parameter));
			return [name, Float32Array.from({ length: size }, draw)];
		})
	);
}

/**
 * What a lane starts from: its given weights, else drawn ones, for every parameter in order.
 * @throws RangeError naming a parameter whose values are missing or too few or too many
 */
export function startingValues(
	{ weights, network, seed }: LaneSetup,
	parameters: readonly Parameter[]
): Float32Array[] {
	const drawn = weights ?? initialParameters(network, seed);
	return parameters.map(({ name, size }) => {
		const values = drawn.get(name);
		if (values?.length !== size)
			throw new RangeError(
				`${name}: expected ${size} starting values, received ${values?.length ?? 'none'}`
			);
		return values;
	});
}

/** σ of a kernel's draws; see `Initialisation`. */
function deviation({ initialisation }: Network, { shape }: Parameter): number {
	const receptive = shape.slice(0, -2).reduce((a, b) => a * b, 1);
	const fanIn = receptive * shape.at(-2)!;
	const fanOut = receptive * shape.at(-1)!;
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

/** Normal draws with mean 0 from a stream that the seed and the name decide. */
function normal(seed: number, name: string, sigma: number): () => number {
	const generator = xoroshiro128plus(hash(`${seed}/${name}`));
	return randomNormal.source(() => uniformFloat64(generator))(0, sigma);
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
	let h = 0x811c9dc5;
	for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
	return h;
}
