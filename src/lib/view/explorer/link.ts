/**
 * Reads and writes addresses of the explorer: networks, each with its cut shortcuts and the part in view (centre and
 * span), their alignment, and the selected element:
 * `?net=resnet-34&cut=3,5-7&see=900,0,1500&net=plain-34&align=layer&at=0/block:block3`. `?walk=3` is a stop of the
 * guided walk; with networks, the stop as the reader has changed it. A part that is wrong is reported and left out; the
 * rest still counts.
 */
import {
	analyse,
	formatName,
	networkOf,
	parseName,
	UnknownNameError,
	type NetworkSpec
} from '$lib/network';
import { ALIGNMENTS, type Alignment } from '../graph/align';
import { layOut, type GraphLayout, type Key } from '../graph/layout';
import type { Framing } from '../graph/paint';
import { WALK, type Stop } from './walk';

export const MOST_NETWORKS = 4;
/** Longest address that is read, in characters; a real one is shorter. */
const LONGEST = 4000;

export interface Shown {
	readonly spec: NetworkSpec;
	/** The network's name with its options. */
	readonly name: string;
	readonly layout: GraphLayout;
	/** One gate per block; 0 if the shortcut is cut. */
	readonly gates: readonly number[];
}

export interface ExplorerLink {
	readonly shown: readonly Shown[];
	/** The part in view of each network; null for all of it. */
	readonly looks: readonly (Framing | null)[];
	readonly selected: { readonly index: number; readonly key: Key } | null;
	readonly alignment: Alignment;
	/** Number of the stop of the guided walk, from 1; null outside the walk. */
	readonly walk: number | null;
	readonly problems: readonly AddressProblem[];
}

export interface AddressProblem {
	/** Name of the part of the address. */
	readonly part: string;
	readonly value: string;
	/** For an invalid option, what is wrong, in English; for an unknown network, the nearest names. */
	readonly detail: string | readonly string[];
}

export const DEFAULT_ALIGNMENT: Alignment = 'resolution';
export const DEFAULT_NETWORKS = ['resnet-34', 'plain-34'] as const;

/** @throws UnknownNameError or RangeError like `parseName` */
export function show(name: string): Shown {
	const spec = parseName(name);
	const layout = layOut(analyse(networkOf(spec)));
	return { spec, name: formatName(spec), layout, gates: layout.network.blocks.map(() => 1) };
}

/** The part of an address about one network. */
export interface LinkPart {
	readonly name: string;
	/** One gate per block; 0 if the shortcut is cut. */
	readonly gates: readonly number[];
	/** The part in view; null for all of it. */
	readonly look: Framing | null;
}

export function writeExplorerLink(
	parts: readonly LinkPart[],
	selected: ExplorerLink['selected'],
	alignment: Alignment = DEFAULT_ALIGNMENT,
	walk: ExplorerLink['walk'] = null
): URLSearchParams {
	const search = new URLSearchParams();
	if (walk !== null) {
		search.set('walk', String(walk));
		if (isStop(WALK[walk - 1], parts, selected, alignment)) return search;
	}
	for (const { name, gates, look } of parts) {
		search.append('net', name);
		const cut = gates.flatMap((gate, block) => (gate === 0 ? [block] : []));
		if (cut.length) search.append('cut', ranges(cut));
		if (look) search.append('see', [look.x, look.y, look.span].map(Math.round).join());
	}
	if (alignment !== DEFAULT_ALIGNMENT) search.set('align', alignment);
	if (selected) search.set('at', `${selected.index}/${selected.key}`);
	return search;
}

/** Whether the page shows a stop of the walk unchanged, whatever part is in view. */
const isStop = (
	stop: Stop,
	parts: readonly LinkPart[],
	selected: ExplorerLink['selected'],
	alignment: Alignment
): boolean =>
	parts.map(({ name }) => name).join() === stop.networks.join() &&
	parts.every(({ gates }) => gates.every((gate) => gate === 1)) &&
	selected?.index === stop.at?.index &&
	selected?.key === stop.at?.key &&
	alignment === (stop.alignment ?? DEFAULT_ALIGNMENT);

/** Reads the search part of an address; never throws. */
export function readExplorerLink(text: string): ExplorerLink {
	const problems: AddressProblem[] = [];
	if (text.length > LONGEST) {
		problems.push({ part: 'link', value: `${text.slice(0, 40)}…`, detail: `${LONGEST} at most` });
		return {
			shown: DEFAULT_NETWORKS.map(show),
			looks: [],
			selected: null,
			alignment: DEFAULT_ALIGNMENT,
			walk: null,
			problems
		};
	}
	const shown: Shown[] = [];
	const looks: (Framing | null)[] = [];
	let at: ExplorerLink['selected'] = null;
	let alignment: Alignment = DEFAULT_ALIGNMENT;
	let walk: ExplorerLink['walk'] = null;
	for (const [part, value] of new URLSearchParams(text)) {
		const problem = (detail: AddressProblem['detail']) =>
			problems.push({ part, value: value.slice(0, 60), detail });
		if (part === 'net') {
			if (shown.length >= MOST_NETWORKS) {
				problem(`${MOST_NETWORKS} networks at most`);
				continue;
			}
			try {
				shown.push(show(value));
			} catch (error) {
				if (!(error instanceof RangeError)) throw error;
				problem(error instanceof UnknownNameError ? error.nearest : error.message);
			}
		}
		if (part === 'cut' && shown.length) {
			const last = shown[shown.length - 1];
			const cut = numbers(value);
			const { blocks } = last.layout.network;
			const wrong = cut?.find((block) => !blocks[block]?.shortcut);
			if (!cut) problem('block numbers such as 0,3-5');
			else if (wrong !== undefined) problem(`block ${wrong} of ${last.name} has no shortcut`);
			else
				shown[shown.length - 1] = {
					...last,
					gates: last.gates.map((gate, block) => (cut.includes(block) ? 0 : gate))
				};
		}
		if (part === 'see' && shown.length) {
			const [, x, y, span] = /^(-?\d{1,7}),(-?\d{1,7}),(\d{1,7})$/.exec(value) ?? [];
			if (Number(span) >= 50)
				looks[shown.length - 1] = { x: Number(x), y: Number(y), span: Number(span) };
			else problem('middle and span, such as 900,0,1500');
		}
		if (part === 'align') {
			const found = ALIGNMENTS.find((one) => one === value);
			if (found) alignment = found;
			else problem(ALIGNMENTS.join(', '));
		}
		if (part === 'walk') {
			if (WALK[Number(value) - 1]) walk = Number(value);
			else problem(`1 to ${WALK.length}`);
		}
		if (part === 'at') {
			const [, index, key] = /^(\d)\/((?:stage|block|op):.+)$/.exec(value) ?? [];
			if (key) at = { index: Number(index), key: key as Key };
			else problem('network/kind:name, such as 0/block:block3');
		}
	}
	if (!shown.length && walk !== null) {
		const stop = WALK[walk - 1];
		shown.push(...stop.networks.map(show));
		at = stop.at ?? null;
		alignment = stop.alignment ?? DEFAULT_ALIGNMENT;
	}
	if (!shown.length) shown.push(...DEFAULT_NETWORKS.map(show));
	const network = at && shown[at.index]?.layout.network;
	const name = at?.key.slice(at.key.indexOf(':') + 1);
	if (at && !network?.nodes.some(({ node }) => [node.id, node.block, node.stage].includes(name))) {
		problems.push({ part: 'at', value: `${at.index}/${at.key}`, detail: 'no such place' });
		at = null;
	}
	return { shown, looks, selected: at, alignment, walk, problems };
}

/** `0,3-5` for [0, 3, 4, 5]. */
function ranges(values: readonly number[]): string {
	const parts: string[] = [];
	for (let i = 0; i < values.length; i++) {
		const first = values[i];
		while (values[i + 1] === values[i] + 1) i++;
		parts.push(values[i] === first ? `${first}` : `${first}-${values[i]}`);
	}
	return parts.join();
}

function numbers(text: string): number[] | null {
	const values: number[] = [];
	for (const part of text.split(',')) {
		const [, first, last = first] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part) ?? [];
		if (first === undefined || Number(last) < Number(first)) return null;
		for (let n = Number(first); n <= Number(last); n++) values.push(n);
	}
	return values;
}
