/** Test errors with the blocks of a network in other orders, as values. `orders.ts` measures them. */

export interface ShuffleRecord {
	readonly step: number;
	readonly lane: number;
	readonly images: number;
	/** With its blocks in their own order. */
	readonly whole: number;
	readonly shuffled: readonly ShuffledError[];
}

export interface ShuffledError {
	/** Which block's weights stand at each place. */
	readonly order: readonly number[];
	/** Kendall's rank correlation with the network's own order. */
	readonly tau: number;
	readonly error: number;
}

/** Orders that a network is tested in at most. */
export const SHUFFLES = 12;
