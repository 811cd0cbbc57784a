/** The dropouts of a plan, each of which draws a mask of its own in every step. */
import { dropoutKey, dropoutThreshold } from '../optimiser';
import type { Plan } from '../plan/plan';

interface Dropout {
	readonly node: string;
	readonly rate: number;
}

/** What a dropout draws its mask with in a step. */
export interface Draw {
	readonly key: number;
	/** 0 drops nothing. */
	readonly threshold: number;
}

/** In the order of `draws`. */
export function dropoutsOf({ forward, head, auxiliary }: Plan): Dropout[] {
	const within = forward.flatMap((op) => (op.kind === 'drop' ? [op] : []));
	const heads = [head, ...auxiliary].flatMap(({ dropoutNode: node, dropout: rate }) =>
		node === null ? [] : [{ node, rate }]
	);
	return [...within, ...heads];
}

/** Index of the dropout of a node; null if there is none. */
export function dropoutIndex(plan: Plan, node: string | null): number | null {
	const index = dropoutsOf(plan).findIndex((dropout) => dropout.node === node);
	return index < 0 ? null : index;
}

export const draws = (plan: Plan, seed: number, step: number | undefined): Draw[] =>
	dropoutsOf(plan).map(({ node, rate }) => ({
		key: dropoutKey(seed, step, node),
		threshold: dropoutThreshold(rate)
	}));
