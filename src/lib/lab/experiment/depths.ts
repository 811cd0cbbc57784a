/** Deepest network that the lab trains. */
export const MAX_LAB_DEPTH = 110;

/** The depths that the lab offers. */
export const LAB_DEPTHS = [8, 14, 20, 32, 44, 56, 110] as const;
