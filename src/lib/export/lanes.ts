/** How the networks of an experiment are called where they become files and code; English in every language. */
import type { Experiment } from '$lib/lab/experiment/experiment';
import type { ImageShape } from '$lib/base/image';
import type { NamedNetwork } from './cifarUses';

/** `residual-20`, told apart by a number where two are the same. */
export function titlesOf({ lanes }: Experiment): string[] {
	const titles = lanes.map(({ network: { shortcut, depth } }) =>
		shortcut === 'none' ? `plain-${depth}` : `residual-${depth}`
	);
	return titles.map((title, i) => (titles.indexOf(title) === i ? title : `${title}_${i + 1}`));
}

/**
 * The networks under names that Python takes.
 * @param input shape of an image as they see it
 */
export function namedNetworks(
	experiment: Experiment,
	[size, , channels]: ImageShape
): NamedNetwork[] {
	const titles = titlesOf(experiment);
	return experiment.lanes.map(({ network, gates }, i) => ({
		name: titles[i].replace('-', '_'),
		options: { ...network, size, channels },
		gates: gates ?? undefined
	}));
}
