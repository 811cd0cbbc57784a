/**
 * The update rules of all optimisers, the same as PyTorch's, written once for all backends. Pages import this file only
 * for the names.
 */
import { NUMBERS, type Terms } from './terms';

/** The scalars of a step, derived from its recipe and number and the same for every parameter. */
export interface UpdateScalars<T> {
	readonly learningRate: T;
	readonly momentum: T;
	readonly weightDecay: T;
	/** 1 / (1 − β₂ᵗ) if the rule corrects its mean of squares for its start at 0; else 1. */
	readonly correction: T;
}

export type Scalar = keyof UpdateScalars<unknown>;
export const SCALARS: readonly Scalar[] = ['learningRate', 'momentum', 'weightDecay', 'correction'];

/** A value w, its gradient g after clipping, and its state v and s, which start at 0. */
export interface UpdateOperands<T> extends UpdateScalars<T> {
	readonly w: T;
	readonly g: T;
	readonly v: T;
	readonly s: T;
}

/** The new state, and the amount subtracted from w. A rule without `s` leaves it unchanged. */
export interface Updated<T> {
	readonly v: T;
	readonly s?: T;
	readonly change: T;
}

interface OptimiserRule {
	/** Computes the scalars once per step, in 64 bits. Momentum is the recipe's; t counts steps from 1. */
	scalars(
		recipe: Omit<UpdateScalars<number>, 'correction'>,
		t: number
	): Partial<UpdateScalars<number>>;
	update<T>(m: Terms<T>, operands: UpdateOperands<T>): Updated<T>;
}

/** PyTorch's defaults: the decay rates of Adam's and RMSProp's means of squares, and the ε that keeps their quotients finite. */
const BETA_2 = 0.999;
const ALPHA = 0.99;
const EPSILON = 1e-8;

/** Updates a mean of squares with the square of x, at a rate of 1 − `keep`. */
const meanSquare = <T>(m: Terms<T>, keep: number, s: T, x: T) =>
	m.named('square', m.add(m.mul(m.constant(keep), s), m.mul(m.constant(1 - keep), m.mul(x, x))));

/** g + λw: adds weight decay to the gradient. */
const decayed = <T>(m: Terms<T>, { g, w, weightDecay }: UpdateOperands<T>) =>
	m.named('decayed', m.add(g, m.mul(weightDecay, w)));

/** v ← β₁v + (1 − β₁)g, s ← β₂s + (1 − β₂)g², and of both corrected for their start at 0: η v / (√s + ε). */
function adamStep<T>(m: Terms<T>, x: UpdateOperands<T>, g: T): Updated<T> {
	const added = m.mul(m.sub(m.constant(1), x.momentum), g);
	const v = m.named('mean', m.add(m.mul(x.momentum, x.v), added));
	const s = meanSquare(m, BETA_2, x.s, g);
	const root = m.add(m.sqrt(m.mul(s, x.correction)), m.constant(EPSILON));
	return { v, s, change: m.div(m.mul(x.learningRate, v), root) };
}

const corrected: OptimiserRule['scalars'] = ({ learningRate, momentum }, t) => ({
	learningRate: learningRate / (1 - momentum ** t),
	correction: 1 / (1 - BETA_2 ** t)
});

const RULES = {
	/** v ← μv + g, w ← w − ηv */
	sgd: {
		scalars: () => ({}),
		update(m, x) {
			const v = m.named('velocity', m.add(m.mul(x.momentum, x.v), decayed(m, x)));
			return { v, change: m.mul(x.learningRate, v) };
		}
	},
	/** Kingma and Ba 2015, μ being β₁. */
	adam: {
		scalars: corrected,
		update: (m, x) => adamStep(m, x, decayed(m, x))
	},
	/** Loshchilov and Hutter 2019: weight decay is not part of the gradient but a separate step, w ← w − ηλw. */
	adamw: {
		scalars: (recipe, t) => ({
			...corrected(recipe, t),
			weightDecay: recipe.learningRate * recipe.weightDecay
		}),
		update(m, x) {
			const { change, ...state } = adamStep(m, x, x.g);
			return { ...state, change: m.add(change, m.mul(x.weightDecay, x.w)) };
		}
	},
	/** Tieleman and Hinton 2012, with momentum: s ← αs + (1 − α)g², v ← μv + g / (√s + ε), w ← w − ηv. */
	rmsprop: {
		scalars: () => ({}),
		update(m, x) {
			const g = decayed(m, x);
			const s = meanSquare(m, ALPHA, x.s, g);
			const scaled = m.div(g, m.add(m.sqrt(s), m.constant(EPSILON)));
			const v = m.named('velocity', m.add(m.mul(x.momentum, x.v), scaled));
			return { v, s, change: m.mul(x.learningRate, v) };
		}
	}
} satisfies Record<string, OptimiserRule>;

export type Optimiser = keyof typeof RULES;
export const OPTIMISER_RULES: { readonly [O in Optimiser]: OptimiserRule } = RULES;
export const OPTIMISERS = Object.keys(RULES) as readonly Optimiser[];

/** Whether an optimiser keeps a mean of squared gradients. */
export function keepsSquares(optimiser: Optimiser = 'sgd'): boolean {
	const scalars = { learningRate: 0, momentum: 0, weightDecay: 0, correction: 1 };
	return (
		OPTIMISER_RULES[optimiser].update(NUMBERS, { w: 0, g: 0, v: 0, s: 0, ...scalars }).s !==
		undefined
	);
}
