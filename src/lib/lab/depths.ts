/** The depths that the lab offers, and the two networks that it compares at each of them. */

/** Deepest network that the lab trains. */
export const MAX_LAB_DEPTH = 110;

export const LAB_DEPTHS = [8, 14, 20, 32, 44, 56, 110] as const;

/** The two networks of a comparison at one depth, in the order of their lanes in the degradation preset. */
export const PAIR_KINDS = ['plain', 'residual'] as const;
export type PairKind = (typeof PAIR_KINDS)[number];
