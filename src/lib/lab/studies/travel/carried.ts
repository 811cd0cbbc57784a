/** What the norms of a block's terms and of single paths add up to. */
import { binomial } from '$lib/network';
import type { Terms } from '../terms';
import type { PathLengths } from './record';

/** Share of the shortcut in the two norms, ‖shortcut‖ / (‖shortcut‖ + ‖branch‖), 0…1; NaN if both are 0. */
export const shortcutShare = ({ shortcut, branch }: Terms): number =>
	shortcut / (shortcut + branch);

/** Angle between the two terms in degrees, by the law of cosines; NaN if one is 0. */
export function angleOf({ shortcut, branch, sum }: Terms): number {
	const cosine = (sum ** 2 - shortcut ** 2 - branch ** 2) / (2 * shortcut * branch);
	return (Math.acos(Math.max(-1, Math.min(1, cosine))) * 180) / Math.PI;
}

export interface CarriedByLength {
	/** Number of blocks that a path passes through the branch. */
	readonly length: number;
	/** Number of paths of that length. */
	readonly paths: number;
	readonly followed: number;
	/** Mean gradient norm of one of them. */
	readonly mean: number;
	/** `paths · mean`, which adds norms without regard to their directions. */
	readonly carried: number;
	/** Share of `carried` in that of all lengths, 0…1. */
	readonly share: number;
	/** Share of this and all smaller lengths, 0…1. */
	readonly upTo: number;
}

/** Number of paths, mean gradient and their product by length (Veit, Wilber and Belongie 2016, figure 6). */
export function carriedByLength({ norms }: PathLengths): CarriedByLength[] {
	const own = norms.map(({ followed, mean }, length) => {
		const paths = binomial(norms.length - 1, length);
		return { length, paths, followed, mean, carried: paths * mean };
	});
	const all = own.reduce((sum, { carried }) => sum + carried, 0);
	let before = 0;
	return own.map((one) => ({
		...one,
		share: one.carried / all,
		upTo: (before += one.carried) / all
	}));
}

/** The smallest length up to which the paths carry at least a share, 0…1; null if the norms are not finite or all 0. */
export const lengthCarrying = (lengths: readonly CarriedByLength[], share: number) =>
	// Rounding may leave the last sum just below 1.
	lengths.find(({ upTo }) => upTo >= share - 1e-9) ?? null;
