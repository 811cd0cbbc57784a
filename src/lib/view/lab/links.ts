/** Addresses of what is on the screen of the lab: of the page itself, and of the explorer with the same networks. */
import { resolve } from '$app/paths';
import { networkName, recordingName, recordingOf, writeLabLink, type LinkProblem } from '$lib/lab';
import { m } from '$lib/paraglide/messages';
import { writeExplorerLink } from '../explorer/link';
import type { Lab } from './context.svelte';

/** Everything of what is on the screen: a recorded run or the experiment as it stands, cut shortcuts included, and the tab. */
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

/** What an address asks for beside what is trained, kept as long as the page is open. */
const KEPT = ['backend', 'hide', 'lang', 'theme'];

/** The address of the page as it is on the screen, so that a reload or a bookmark opens it again. */
export function addressOf(lab: Lab): string {
	const search = labSearch(lab);
	const present = new URL(location.href).searchParams;
	for (const name of KEPT) {
		const value = present.get(name);
		if (value !== null) search.set(name, value);
	}
	return `?${search}`;
}

/** The same as an address that can be passed on. */
export const labLink = (lab: Lab) => `${location.origin}${location.pathname}?${labSearch(lab)}`;

/** The explorer with these networks, their cut shortcuts with them; null until they stand. */
export function explorerLink({ session, shown }: Lab): string | null {
	if (!shown) return null;
	const parts = shown.experiment.lanes.map((lane, i) => ({
		name: networkName(lane, shown.images.input),
		gates: lane.network.shortcut === 'none' ? [] : session.gates[i],
		look: null
	}));
	return `${resolve('/explore/')}?${writeExplorerLink(parts, null)}`;
}

/** What was wrong with a part of an address. */
export const linkProblemText = ({ name, value, expected }: LinkProblem) =>
	name === 'preset'
		? m.notice_preset({ name: value, known: expected })
		: m.notice_parameter({ name, value, expected });
