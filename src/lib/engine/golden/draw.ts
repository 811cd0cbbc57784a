/** Draws what a golden file does not hold: weights and images, from its seed. */
import { analyse, type Network } from '$lib/network';
import { entry } from '$lib/base/entry';
import { initialParameters, normalDraws } from '../initialise';

/** An array in row-major order. */
export interface Numbers {
	readonly shape: readonly number[];
	readonly values: ArrayLike<number>;
}

/** How far each parameter is moved from where training starts, so that no bias is 0 and no two factors are equal. */
const AWAY = { kernel: 0, bias: 0.1, gamma: 0.2, beta: 0.1, scale: 0.5 };

/** Parameters by name, kernels with He's deviation whatever the network's own. */
export function drawWeights(network: Network, seed: number): Record<string, Numbers> {
	const initial = initialParameters({ ...network, initialisation: 'he' }, seed);
	return Object.fromEntries(
		analyse(network).parameters.map(({ name, role, shape }) => {
			const values = entry(initial, name);
			const draw = normalDraws(seed, `${name}/golden`, AWAY[role]);
			return [
				name,
				{ shape, values: AWAY[role] ? Array.from(values, (value) => value + draw()) : values }
			];
		})
	);
}

/** Images `[N, H, W, C]` of standard normal values. */
export function drawImages({ input }: Network, seed: number, images: number): Numbers {
	const shape = [images, ...input];
	const length = shape.reduce((a, b) => a * b);
	return { shape, values: Array.from({ length }, normalDraws(seed, 'images', 1)) };
}
