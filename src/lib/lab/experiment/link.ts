/**
 * Reads and writes links to the lab: a preset with a few changes, short enough to type
 * (`?preset=degradation&depth=20&seed=3&backend=wasm`), a whole experiment, packed (`?experiment=…`), or a recorded run
 * (`?recording=degradation-56`). With `run=1` training starts at once. A link opens the same experiment on every machine.
 * A part that is wrong is reported and takes its default; the rest of the link still counts.
 */
import { deflateSync, inflateSync, strFromU8, strToU8 } from 'fflate';
import * as v from 'valibot';
import {
	Parameters,
	quoted,
	wholeNumber,
	type Expected,
	type ParameterProblem
} from '$lib/base/parameters';
import { nearestName } from '$lib/base/address';
import { BACKENDS, type BackendName } from '$lib/engine/engine';
import { isCifarDepth } from '$lib/network';
import { LAB_DEPTHS, MAX_LAB_DEPTH } from '../depths';
import { RUN_TABS, type RunTab } from '../tabs';
import { changeLanes, experimentDepth, type Experiment } from './experiment';
import { LIMITS, READ_LIMITS } from '../limits';
import { paperExperiment } from './paper';
import { checkedDepth, isPresetName, PRESET_NAMES, PRESETS } from './presets';
import { recordedExperiment, recordingName, RECORDINGS, type ShippedRecording } from './recordings';
import { experimentSchema, unusualValues, type UnusualValue } from './schema';

/** What is wrong with a link to the lab. */
export type LabProblem =
	| ParameterProblem
	/** Not a depth of the CIFAR family that the lab trains; with the depths nearest to it. */
	| {
			readonly code: 'unknown-depth';
			readonly value: string;
			readonly nearest: readonly number[];
			readonly most: number;
			readonly used: number;
	  }
	/** A packed experiment that is longer than any, or that cannot be unpacked. */
	| { readonly code: 'long-experiment'; readonly length: number; readonly most: number }
	| { readonly code: 'cut-experiment'; readonly value: string }
	/** A packed experiment with a value that no experiment has. */
	| {
			readonly code: 'refused-value';
			readonly path: string;
			readonly value: string;
			readonly expected: Expected;
	  }
	/** Values of a packed experiment that count although the settings do not offer them. */
	| ({ readonly code: 'unusual-value' } & UnusualValue)
	| { readonly code: 'unknown-origin'; readonly preset: string; readonly nearest: string | null }
	/** A whole experiment or a recording has a depth, a seed and so on of its own. */
	| { readonly code: 'overruled-parameter'; readonly key: string; readonly by: string };

export interface LabLink {
	readonly experiment: Experiment;
	/** Whether the link asks for this experiment; otherwise it is the default. */
	readonly named: boolean;
	readonly backend: BackendName | null;
	/** The recorded run to show, or null; if there is one, `experiment` is its experiment. */
	readonly recording: ShippedRecording | null;
	/** Whether training starts as soon as the networks are ready. */
	readonly run: boolean;
	/** The tab to open, or null. */
	readonly tab: RunTab | null;
	readonly problems: readonly LabProblem[];
}

const DEFAULT_PRESET = 'degradation';

/** Longest packed experiment that is read, in characters; a real one is shorter. */
const LONGEST = 8000;

/** An experiment by the parameters of a short link; its networks may have other depths and widths besides. */
const parametersOf = (experiment: Experiment): Record<string, string> => ({
	preset: experiment.preset,
	depth: String(experimentDepth(experiment)),
	seed: String(experiment.seed),
	width: String(experiment.lanes[0].network.width),
	batch: String(experiment.recipe.batch)
});

/** The search part of a link that opens the lab with this experiment, in the shortest form that can express it. */
export function writeLabLink(experiment: Experiment): URLSearchParams {
	const { preset, depth, seed } = parametersOf(experiment);
	const short = new URLSearchParams({ preset, depth, seed });
	const { experiment: read, problems } = readLabLink(String(short));
	if (!problems.length && sameExperiment(read, experiment)) return short;
	const packed = deflateSync(strToU8(JSON.stringify(experiment)), { level: 9 });
	const text = btoa(String.fromCharCode(...packed));
	// Base64 with characters that need no escaping in an address.
	const safe = text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
	return new URLSearchParams({ experiment: safe });
}

export const sameExperiment = (a: Experiment, b: Experiment): boolean => inOrder(a) === inOrder(b);

/** JSON with sorted keys, so that equal experiments give equal texts. */
export const inOrder = (experiment: Experiment) =>
	JSON.stringify(experiment, (_, value: unknown) =>
		value && typeof value === 'object' && !Array.isArray(value)
			? Object.fromEntries(Object.entries(value).sort())
			: value
	);

/** Unpacks and checks an experiment; null if that fails, with the problem noted. */
function unpack(text: string, note: (problem: LabProblem) => void): Experiment | null {
	// A blank is a line break that a program has replaced.
	const packed = text.replaceAll(' ', '');
	if (packed.length > LONGEST) {
		note({ code: 'long-experiment', length: packed.length, most: LONGEST });
		return null;
	}
	let value: unknown;
	try {
		const bytes = atob(packed.replaceAll('-', '+').replaceAll('_', '/'));
		value = JSON.parse(strFromU8(inflateSync(Uint8Array.from(bytes, (c) => c.charCodeAt(0)))));
	} catch {
		note({ code: 'cut-experiment', value: quoted(packed) });
		return null;
	}
	const { success, output, issues } = v.safeParse(experimentSchema, value, { abortEarly: true });
	if (!success) {
		note(refusal(issues[0]));
		return null;
	}
	for (const unusual of unusualValues(output)) note({ code: 'unusual-value', ...unusual });
	const { preset } = output;
	if (!isPresetName(preset) && !paperExperiment(preset))
		note({
			code: 'unknown-origin',
			preset: quoted(preset),
			nearest: nearestName(preset, PRESET_NAMES)
		});
	return output;
}

/** Bounded values that need not be whole. */
const REAL = ['learningRate', 'momentum', 'weightDecay', 'dropout', 'clip'];

function refusal(issue: v.BaseIssue<unknown>): LabProblem {
	const path = v.getDotPath(issue) ?? '';
	const name = path.slice(path.lastIndexOf('.') + 1);
	const value = quoted(issue.received);
	const problem = (expected: Expected) =>
		({ code: 'refused-value', path, value, expected }) as const;
	const bounds = path.startsWith('studies.')
		? undefined
		: Object.entries(READ_LIMITS).find(([own]) => own === name)?.[1];
	const bounded =
		issue.type === 'integer' ||
		(['min_value', 'max_value'].includes(issue.type) &&
			bounds?.some((bound) => bound === issue.requirement));
	if (bounds && bounded) return problem({ bounds, whole: !REAL.includes(name) });
	if (issue.type === 'picklist') return problem({ text: issue.expected ?? '' });
	return problem({ text: name === 'depth' ? '6n + 2, 8…1202' : issue.message });
}

/** The two depths of the family between which a number lies, as far as the lab trains them. */
function nearestDepths(text: string): number[] {
	const wanted = Number(text);
	if (!(wanted > 0)) return [...LAB_DEPTHS];
	const below = 2 + 6 * Math.floor((wanted - 2) / 6);
	return [below, below + 6].filter((depth) => isCifarDepth(depth) && depth <= MAX_LAB_DEPTH);
}

/** Reads the search part of an address; never throws. */
export function readLabLink(search: string): LabLink {
	const link = new Parameters<LabProblem>(search, 'lab');
	const { problems } = link;

	const preset = link.choice('preset', PRESET_NAMES, DEFAULT_PRESET) ?? DEFAULT_PRESET;
	const usual = checkedDepth(preset);
	const depth = link.read(
		'depth',
		(text) => {
			const value = wholeNumber(text, [0, MAX_LAB_DEPTH]);
			return value !== undefined && (isCifarDepth(value) || value === usual) ? value : undefined;
		},
		(value) => ({
			code: 'unknown-depth',
			...{ value, nearest: nearestDepths(value), most: MAX_LAB_DEPTH, used: usual }
		})
	);
	let experiment: Experiment = PRESETS[preset](depth ?? usual);
	const { recipe, lanes } = experiment;
	const width = link.whole('width', LIMITS.width, String(lanes[0].network.width));
	const batch = link.whole('batch', LIMITS.batch, String(recipe.batch));
	const seed = link.whole('seed', LIMITS.seed, String(experiment.seed));
	if (width !== undefined) experiment = changeLanes(experiment, { width });
	if (batch !== undefined) experiment = { ...experiment, recipe: { ...recipe, batch } };
	if (seed !== undefined) experiment = { ...experiment, seed };

	const common = {
		backend: link.choice('backend', BACKENDS) ?? null,
		run: link.choice('run', ['1']) !== undefined,
		tab: link.choice('tab', RUN_TABS) ?? null,
		problems
	};
	const recorded = link.choice('recording', RECORDINGS.map(recordingName));
	const recording = RECORDINGS.find((each) => recordingName(each) === recorded) ?? null;
	const packed = recording ? undefined : link.get('experiment');
	const whole = recording
		? recordedExperiment(recording)
		: packed === undefined
			? null
			: unpack(packed, (problem) => problems.push(problem));
	const asked = ['preset', 'depth', 'width', 'batch', 'seed'].filter(
		(key) => link.get(key) !== undefined
	);
	if (recording && link.get('experiment') !== undefined) asked.push('experiment');
	if (whole) {
		const own = parametersOf(whole);
		const by = recording ? 'recording' : 'experiment';
		for (const key of asked)
			if (own[key] !== link.get(key)) problems.push({ code: 'overruled-parameter', key, by });
	}
	return {
		...common,
		recording,
		named: whole !== null || asked.length > 0,
		experiment: whole ?? experiment
	};
}
