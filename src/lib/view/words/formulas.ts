/**
 * The formulas of a training step, in the notation of all languages: what every operation computes forward and backward, and
 * what the optimisers do with a gradient. Means ⟨·⟩ and variances are those of the statistics' values; [x > 0] is 1 where
 * that is so, else 0.
 */
import { LEAKY_SLOPE, type Activation, type NetworkNode, type OpType } from '$lib/network';
import type { Optimiser } from './recipe';

interface Formulas {
	readonly forward: string;
	/** What the operation sends back to its inputs, by ∂L/∂y; '' where there is nothing before it. */
	readonly backward: string;
}

const BACK = '∂L/∂y';

const ACTIVATIONS: { readonly [A in Activation]: Formulas } = {
	relu: { forward: 'y = max(0, x)', backward: `∂L/∂x = ${BACK} · [y > 0]` },
	'leaky-relu': {
		forward: `y = max(x, ${LEAKY_SLOPE} x)`,
		backward: `∂L/∂x = ${BACK} · (y > 0 ? 1 : ${LEAKY_SLOPE})`
	},
	tanh: { forward: 'y = tanh(x)', backward: `∂L/∂x = ${BACK} · (1 − y²)` },
	sigmoid: { forward: 'y = 1 / (1 + e⁻ˣ)', backward: `∂L/∂x = ${BACK} · y (1 − y)` }
};

const normalised: Formulas = {
	forward: 'y = γ x̂ + β, x̂ = (x − μ) / √(σ² + ε)',
	backward: `∂L/∂x = γ / √(σ² + ε) · (${BACK} − ⟨${BACK}⟩ − x̂ ⟨x̂ ${BACK}⟩)`
};

const FORMULAS: { readonly [T in OpType]: (node: NetworkNode<T>, gate: number) => Formulas } = {
	input: () => ({ forward: 'y = (x − μ) / σ', backward: '' }),
	conv: ({ stride, padding }) => {
		const at = (pixel: string, tap: string) =>
			`${stride === 1 ? pixel : `${stride}${pixel}`} + ${tap}${padding ? ` − ${padding}` : ''}`;
		return {
			forward: `y[i, j, f] = Σ w[u, v, c, f] · x[${at('i', 'u')}, ${at('j', 'v')}, c]`,
			backward: `∂L/∂x = Σ w · ${BACK}, ∂L/∂w = Σ x · ${BACK}`
		};
	},
	batchNorm: () => normalised,
	groupNorm: () => normalised,
	lrn: ({ k, alpha, beta }) => ({
		forward: `y = x / d^${beta}, d = ${k} + ${alpha} Σ x²`,
		backward: `∂L/∂x = ${BACK} / d^${beta} − 2 · ${alpha} · ${beta} · x Σ ${BACK} y / d`
	}),
	activation: ({ activation }) => ACTIVATIONS[activation],
	maxPool: () => ({ forward: 'y = max x', backward: `∂L/∂x = Σ ${BACK} · [x = y]` }),
	averagePool: ({ kernel }) => ({
		forward: `y = 1/${kernel ** 2} Σ x`,
		backward: `∂L/∂x = 1/${kernel ** 2} Σ ${BACK}`
	}),
	globalAveragePool: () => ({ forward: 'y = 1/(H W) Σ x', backward: `∂L/∂x = 1/(H W) ${BACK}` }),
	subsample: ({ stride }) => ({
		forward: `y[i, j, c] = x[${stride}i, ${stride}j, c]`,
		backward: `∂L/∂x[${stride}i, ${stride}j, c] = ${BACK}[i, j, c]`
	}),
	add: (_, gate) => {
		const factor = gate === 1 ? '' : `${gate} `;
		return {
			forward: `y = x₁ + ${factor}x₂`,
			backward: `∂L/∂x₁ = ${BACK}, ∂L/∂x₂ = ${factor}${BACK}`
		};
	},
	multiply: ({ complement }) =>
		complement
			? {
					forward: 'y = x (1 − T)',
					backward: `∂L/∂x = (1 − T) ${BACK}, ∂L/∂T = −Σ x ${BACK}`
				}
			: { forward: 'y = x T', backward: `∂L/∂x = T ${BACK}, ∂L/∂T = Σ x ${BACK}` },
	scale: () => ({ forward: 'y = α x', backward: `∂L/∂x = α ${BACK}, ∂L/∂α = Σ x ${BACK}` }),
	concat: () => ({ forward: 'y = [x₁, x₂, …]', backward: `[∂L/∂x₁, ∂L/∂x₂, …] = ${BACK}` }),
	flatten: () => ({ forward: 'y = x', backward: `∂L/∂x = ${BACK}` }),
	dense: ({ bias }) => ({
		forward: `y = Wᵀ x${bias ? ' + b' : ''}`,
		backward: `∂L/∂x = W ${BACK}, ∂L/∂W = Σ x (${BACK})ᵀ`
	}),
	dropout: ({ rate }) => ({
		forward: `y = m x / (1 − ${rate}), m ∈ {0, 1}`,
		backward: `∂L/∂x = m ${BACK} / (1 − ${rate})`
	})
};

/** @param gate of the shortcut that ends at an addition */
export const formulasOf = <T extends OpType>(node: NetworkNode<T>, gate: number): Formulas =>
	FORMULAS[node.type](node, gate);

/** In the order in which they are applied; with the decay rates of the engine, which are PyTorch's. */
export const UPDATE_FORMULAS: { readonly [O in Optimiser]: readonly string[] } = {
	sgd: ['v ← μ v + g + λ w', 'w ← w − η v'],
	adam: [
		'v ← μ v + (1 − μ)(g + λ w)',
		's ← 0.999 s + 0.001 (g + λ w)²',
		'w ← w − η v/(1 − μᵗ) / (√(s/(1 − 0.999ᵗ)) + 10⁻⁸)'
	],
	adamw: [
		'v ← μ v + (1 − μ) g',
		's ← 0.999 s + 0.001 g²',
		'w ← w − η v/(1 − μᵗ) / (√(s/(1 − 0.999ᵗ)) + 10⁻⁸) − η λ w'
	],
	rmsprop: ['s ← 0.99 s + 0.01 (g + λ w)²', 'v ← μ v + (g + λ w) / (√s + 10⁻⁸)', 'w ← w − η v']
};
