/** The formulas of every activation and its gradient, written once for all backends. */
import { LEAKY_SLOPE, type Activation } from '$lib/network';
import { codeOf, NUMBERS, type Terms } from './terms';

interface ActivationFormulas {
	/** f(x). Rectifiers test x < 0, so that NaN stays NaN. */
	value<T>(m: Terms<T>, x: T): T;
	/** dy · f′(x), in terms of the output y = f(x), because a step keeps only the output. */
	gradient<T>(m: Terms<T>, dy: T, y: T): T;
}

/** A rectifier with the given slope below 0. */
const rectifier = (slope: number): ActivationFormulas => ({
	value(m, x) {
		const zero = m.constant(0);
		return m.below(x, zero, slope ? m.mul(m.constant(slope), x) : zero, x);
	},
	gradient(m, dy, y) {
		const zero = m.constant(0);
		return m.below(zero, y, dy, slope ? m.mul(m.constant(slope), dy) : zero);
	}
});

export const ACTIVATION_FORMULAS: { readonly [A in Activation]: ActivationFormulas } = {
	relu: rectifier(0),
	'leaky-relu': rectifier(LEAKY_SLOPE),
	tanh: {
		value: (m, x) => m.tanh(x),
		gradient: (m, dy, y) => m.mul(dy, m.sub(m.constant(1), m.mul(y, y)))
	},
	sigmoid: {
		value: (m, x) => m.div(m.constant(1), m.add(m.constant(1), m.exp(m.sub(m.constant(0), x)))),
		gradient: (m, dy, y) => m.mul(dy, m.mul(y, m.sub(m.constant(1), y)))
	}
};

/** The activation's number in the kernels; 0 for none. */
export const activationCode = (kind: Activation | null): number =>
	kind === null ? 0 : 1 + codeOf(ACTIVATION_FORMULAS, kind);

/** Whether f(0) ≠ 0, so that padding channels must be cleared afterwards. */
export const movesZero = (kind: Activation | null): boolean =>
	kind !== null && ACTIVATION_FORMULAS[kind].value(NUMBERS, 0) !== 0;
