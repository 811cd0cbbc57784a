/**
 * Reads and writes addresses of the explorer: networks, each with its cut shortcuts and the part in view (centre and
 * span), their alignment, and the selected element:
 * `?net=resnet-34&cut=3,5-7&see=900,0,1500&net=plain-34&align=layer&at=0/block:block3`. `?walk=3` is a stop of the
 * guided walk; with networks, the stop as the reader has changed it. A part that is wrong is reported and left out; the
 * rest still counts.
 */
import { fold } from '$lib/base/address';
import { Parameters, quoted, type ParameterProblem } from '$lib/base/parameters';
import {
	analyse,
	formatName,
	networkOf,
	OPTION_NAMES,
	OptionError,
	parseName,
	UnknownNameError,
	type NetworkSpec,
	type OptionProblem
} from '$lib/network';
import { ALIGNMENTS, type Alignment } from '../graph/align';
import { layOut, type GraphLayout, type Key } from '../graph/layout';
import type { Framing } from '../graph/paint';
import { WALK, type Stop } from './walk';

export const MOST_NETWORKS = 4;

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
	readonly problems: readonly ExplorerProblem[];
}

/** What is wrong with a network's name. */
export type NameProblem =
	/** With the nearest names. */
	| {
			readonly code: 'unknown-network';
			readonly name: string;
			readonly nearest: readonly string[];
	  }
	| (OptionProblem & { readonly network: string });

/** What is wrong with a link to the explorer. */
export type ExplorerProblem =
	| ParameterProblem
	| NameProblem
	| { readonly code: 'many-networks'; readonly name: string; readonly most: number }
	/** A block without a shortcut to cut. */
	| { readonly code: 'no-shortcut'; readonly network: string; readonly block: number }
	/** A part of a network comes before the first network. */
	| { readonly code: 'no-network'; readonly key: string; readonly value: string }
	/** No network has the selected element. */
	| { readonly code: 'no-place'; readonly value: string };

export const DEFAULT_ALIGNMENT: Alignment = 'resolution';
export const DEFAULT_NETWORKS = ['resnet-34', 'plain-34'] as const;

/** @throws UnknownNameError or OptionError like `parseName` */
export function show(name: string): Shown {
	const spec = parseName(name);
	const layout = layOut(analyse(networkOf(spec)));
	return { spec, name: formatName(spec), layout, gates: layout.network.blocks.map(() => 1) };
}

/** A network by its name, or what is wrong with the name. */
export function tryShow(name: string): { shown: Shown } | { problem: NameProblem } {
	try {
		return { shown: show(name) };
	} catch (error) {
		if (error instanceof UnknownNameError) {
			const { unknown, nearest } = error;
			return { problem: { code: 'unknown-network', name: quoted(unknown), nearest } };
		}
		if (error instanceof OptionError)
			return { problem: { ...error.problem, network: quoted(name) } };
		throw error;
	}
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
export function readExplorerLink(search: string): ExplorerLink {
	const link = new Parameters<ExplorerProblem>(search, 'explore', OPTION_NAMES);
	const problems = link.problems;
	const wrong = (key: string, value: string, text: string) =>
		problems.push({
			code: 'wrong-value',
			...{ key, value: quoted(value), expected: { text }, used: null }
		});
	const shown: Shown[] = [];
	const looks: (Framing | null)[] = [];
	/** Whether parts of a network belong to the last one shown; otherwise their network is not shown. */
	let belongs = true;
	for (const { key, value } of withOptions(link)) {
		if (key === 'net') {
			if (shown.length >= MOST_NETWORKS) {
				problems.push({ code: 'many-networks', name: quoted(value), most: MOST_NETWORKS });
				break;
			}
			const found = tryShow(value);
			if ('problem' in found) problems.push(found.problem);
			else shown.push(found.shown);
			belongs = 'shown' in found;
		}
		if (key !== 'cut' && key !== 'see') continue;
		if (!shown.length && belongs) problems.push({ code: 'no-network', key, value: quoted(value) });
		if (!shown.length || !belongs) continue;
		const last = shown[shown.length - 1];
		if (key === 'cut') {
			const cut = numbers(value);
			const { blocks } = last.layout.network;
			const block = cut?.find((block) => !blocks[block]?.shortcut);
			if (!cut) wrong(key, value, '0,3-5');
			else if (block !== undefined)
				problems.push({ code: 'no-shortcut', network: last.name, block });
			else
				shown[shown.length - 1] = {
					...last,
					gates: last.gates.map((gate, block) => (cut.includes(block) ? 0 : gate))
				};
		} else {
			const [, x, y, span] =
				/^(-?\d{1,7}),(-?\d{1,7}),(\d{1,7})$/.exec(value.replaceAll(' ', '')) ?? [];
			if (Number(span) >= 50)
				looks[shown.length - 1] = { x: Number(x), y: Number(y), span: Number(span) };
			else wrong(key, value, '900,0,1500');
		}
	}
	const stops: readonly [number, number] = [1, WALK.length];
	const walk = link.whole('walk', stops) ?? null;
	const stop = walk !== null && !shown.length ? WALK[walk - 1] : undefined;
	const alignment =
		link.choice('align', ALIGNMENTS, DEFAULT_ALIGNMENT) ?? stop?.alignment ?? DEFAULT_ALIGNMENT;
	if (stop) shown.push(...stop.networks.map(show));
	if (!shown.length) shown.push(...DEFAULT_NETWORKS.map(show));
	const asked = link.get('at');
	const found = asked === undefined ? null : placeIn(shown, asked);
	if (asked !== undefined && !found) problems.push({ code: 'no-place', value: quoted(asked) });
	const selected = found ?? stop?.at ?? null;
	return { shown, looks, selected, alignment, walk, problems };
}

/** Joins the options of networks, which look like parameters of their own, to the networks before them. */
function withOptions({ list, problems }: Parameters<ExplorerProblem>) {
	const joined: { key: string; value: string }[] = [];
	for (const { key, value } of list) {
		const network = joined.findLast((part) => part.key === 'net');
		if (!OPTION_NAMES.includes(key)) joined.push({ key, value });
		else if (network) network.value += `${network.value.includes('?') ? '&' : '?'}${key}=${value}`;
		else problems.push({ code: 'no-network', key, value: quoted(value) });
	}
	return joined;
}

/** The element at `0/block:block3`, or null if there is none. */
function placeIn(shown: readonly Shown[], text: string): ExplorerLink['selected'] {
	const [, index, kind, name] = /^(\d)\/(stage|block|op):(.+)$/.exec(fold(text)) ?? [];
	const nodes = shown[Number(index)]?.layout.network.nodes ?? [];
	const names = nodes.flatMap(({ node }) => [node.id, node.block, node.stage]);
	const meant = names.find((own) => own !== undefined && fold(own) === name);
	return meant === undefined ? null : { index: Number(index), key: `${kind}:${meant}` as Key };
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
	for (const part of text.replaceAll(' ', '').split(/[,、]/)) {
		const [, first, last = first] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part) ?? [];
		if (first === undefined || Number(last) < Number(first)) return null;
		for (let n = Number(first); n <= Number(last); n++) values.push(n);
	}
	return values;
}
