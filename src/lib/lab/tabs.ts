/** The tabs under the pictures of a run, in order, by their names in links; most are those of studies. */
export const RUN_TABS = [
	'findings',
	'inside',
	'lesion',
	'sweep',
	'landscape',
	'start',
	'confusion',
	'seeds',
	'histograms',
	'travel',
	'shattered',
	'step'
] as const;
export type RunTab = (typeof RUN_TABS)[number];
