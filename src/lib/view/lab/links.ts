/** Addresses for what is on the lab's screen: the lab itself, and the explorer with the same networks. */
import { resolve } from '$app/paths';
import { networkName, recordingName, recordingOf, writeLabLink, type LinkProblem } from '$lib/lab';
import { m } from '$lib/paraglide/messages';
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
	const { preset, lanes } = replayed?.experiment ?? { preset: '', lanes: [] };
	const recording =
		replayed?.keptSteps && recordingOf(preset, Math.max(...lanes.map((l) => l.network.depth)));
	if (recording) return new URLSearchParams({ recording: recordingName(recording) });
	return experiment ? writeLabLink(experiment) : new URL(location.href).searchParams;
}

/** Parts of the address beside the experiment, kept as long as the page is open. */
const KEPT = ['backend', 'hide', 'lang', 'theme'];

/** The search part of the page's address, from which a reload or a bookmark restores the screen. */
export function addressOf(lab: Lab): string {
	const search = labSearch(lab);
	const present = new URL(location.href).searchParams;
	for (const name of KEPT) {
		const value = present.get(name);
		if (value !== null) search.set(name, value);
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
		gates: lane.network.shortcut === 'none' ? [] : session.gates[i],
		look: null
	}));
	return `${resolve('/explore/')}?${writeExplorerLink(parts, null)}`;
}

/** Describes the problem with a part of an address. */
export const linkProblemText = ({ name, value, expected }: LinkProblem) =>
	name === 'preset'
		? m.notice_preset({ name: value, known: expected })
		: m.notice_parameter({ name, value, expected });
