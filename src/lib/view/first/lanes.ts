/** The networks of the preset `depths`: what the first page shows beside each other, and what it only tells of. */
export const SHALLOW_PLAIN = 0;
/** By the visitor's choice: without and with shortcuts. */
export const SHOWN = [1, 3] as const;
