/** The colour scale that the maps of a sweep share, and the levels of their contour lines. */
import { interpolateCividis, ticks } from 'd3';

/** The means at both ends of the scale. */
export interface MapDomain {
	readonly low: number;
	readonly high: number;
}

/** The scale never spans less than this, 0…1, so that chance does not look like an effect. */
const LEAST_SPAN = 0.02;

/** The scale on which all these means lie; those that are not finite are left out. */
export function mapDomain(means: readonly number[]): MapDomain {
	const finite = means.filter(Number.isFinite);
	const [low, high] = finite.length ? [Math.min(...finite), Math.max(...finite)] : [0, 1];
	const missing = Math.max(0, LEAST_SPAN - (high - low)) / 2;
	return { low: low - missing, high: high + missing };
}

/** Position on the scale, 0…1. */
export const mapPosition = (value: number, { low, high }: MapDomain): number =>
	Math.min(1, Math.max(0, (value - low) / (high - low)));

/** Cividis (Nuñez, Anderton, Renslow 2018), made to look alike with and without colour blindness. */
export const mapColour = (position: number): string => interpolateCividis(position);

/** Black or white, whichever reads better on the colour. */
export const mapInk = (position: number): string => (position > 0.55 ? '#000' : '#fff');

/** Round values within the scale, at which lines are drawn. */
export const mapLevels = ({ low, high }: MapDomain): number[] => ticks(low, high, 6);
