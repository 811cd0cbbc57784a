/** Addresses for what is on the lab's screen: the lab itself, and the explorer with the same networks. */
import { resolve } from '$app/paths';
import { readParameters } from '$lib/base/address';
import {
	experimentDepth,
	hasShortcuts,
	networkName,
	recordingName,
	recordingOf,
	writeLabLink
} from '$lib/lab';
import { writeExplorerLink } from '../explorer/link';
import type { Lab } from './context.svelte';

/** The search part for what is on the screen: the recorded run, or the experiment in its present state with cut shortcuts; and the tab. */
export function labSearch(lab: Lab): URLSearchParams {
	const search = runSearch(lab);
	if (lab.tab !== 'findings') search.set('tab', lab.tab);
	return search;
}

function runSearch({ session, experiment }: Lab): URLSearchParams {
	const { replayed } = session;
	const recording =
		replayed?.keptSteps &&
		recordingOf(replayed.experiment.preset, experimentDepth(replayed.experiment));
	if (recording) return new URLSearchParams({ recording: recordingName(recording) });
	const asked = experiment ?? session.requested;
	return asked ? writeLabLink(asked) : new URLSearchParams();
}

/** Parts of the address beside the experiment, kept as long as the page is open. */
const KEPT = ['backend', 'embed', 'hide', 'lang', 'theme'];

/** The search part of the page's address, from which a reload or a bookmark restores the screen. */
export function addressOf(lab: Lab): string {
	const search = labSearch(lab);
	const present = readParameters(location.search);
	for (const name of KEPT) {
		const parameter = present.find(({ key }) => key === name);
		if (parameter) search.set(name, parameter.value);
	}
	return `?${search}`;
}

/** The full address, for sharing. */
export const labLink = (lab: Lab) => `${location.origin}${location.pathname}?${labSearch(lab)}`;

/** Address of the explorer with these networks and their cut shortcuts; null until the networks are known. */
export function explorerLink({ session, shown }: Lab): string | null {
	if (!shown) return null;
	const parts = shown.experiment.lanes.map((lane, i) => ({
		name: networkName(lane, shown.images.input),
		gates: !hasShortcuts(lane.network) ? [] : session.gates[i],
		look: null
	}));
	return `${resolve('/explore/')}?${writeExplorerLink(parts, null)}`;
}
