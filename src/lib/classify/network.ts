/** What the page asks of a network before a photograph goes through it. */
import type { AnalysedNetwork } from '$lib/network';

/** Side of ImageNet's images at least; smaller networks see no photographs. */
const LEAST_SIDE = 200;

/** Whether a network classifies photographs: one of ImageNet's. */
export const seesPhotographs = ({ network: { input, classes } }: AnalysedNetwork): boolean =>
	input[0] >= LEAST_SIDE && input[2] === 3 && classes === 1000;
