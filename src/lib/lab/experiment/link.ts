/**
 * Reads and writes links to the lab: a preset with a few changes, short enough to type
 * (`?preset=degradation&depth=20&seed=3&backend=wasm`), a whole experiment, packed (`?experiment=…`), or a recorded run
 * (`?recording=degradation-56`). With `run=1` training starts at once. A part that is wrong is reported and takes its
 * default; the rest of the link still counts.
 */
import { LIMITS } from './limits';
import { deflateSync, inflateSync, strFromU8, strToU8 } from 'fflate';
import { BACKENDS, type BackendName } from '$lib/engine/engine';
import { isCifarDepth } from '$lib/network';
import { MAX_LAB_DEPTH } from '../depths';
import { changeLanes, type Experiment } from './experiment';
import { checkExperiment } from './schema';
import { isPresetName, PRESET_NAMES, PRESETS } from './presets';
import type { Request } from './experiment';
import { recordedExperiment, recordingName, RECORDINGS, type ShippedRecording } from './recordings';

export interface LinkProblem {
	readonly name: string;
	readonly value: string;
	readonly expected: string;
}

export interface LabLink {
	readonly request: Request;
	readonly backend: BackendName | null;
	/** The recorded run to show, or null; if there is one, `request` is its experiment. */
	readonly recording: ShippedRecording | null;
	/** Whether training starts as soon as the networks are ready. */
	readonly run: boolean;
	readonly problems: readonly LinkProblem[];
}

const DEFAULT_PRESET = 'degradation';

/** Longest packed experiment that is read, in characters; a real one is shorter. */
const LONGEST = 8000;

/** The search part of a link that opens the lab with this experiment, in the shortest form that can express it. */
export function writeLabLink(experiment: Experiment): URLSearchParams {
	const { preset, seed, lanes } = experiment;
	const depth = Math.max(...lanes.map(({ network }) => network.depth));
	const short = new URLSearchParams({ preset, depth: String(depth), seed: String(seed) });
	const { request, problems } = readLabLink(short);
	const same = 'experiment' in request && sameExperiment(request.experiment, experiment);
	if (same && !problems.length) return short;
	const packed = deflateSync(strToU8(JSON.stringify(experiment)), { level: 9 });
	const text = btoa(String.fromCharCode(...packed));
	// Base64 with characters that need no escaping in an address.
	const safe = text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
	return new URLSearchParams({ experiment: safe });
}

export const sameExperiment = (a: Experiment, b: Experiment): boolean => inOrder(a) === inOrder(b);

/** JSON with sorted keys, so that equal experiments give equal texts. */
const inOrder = (experiment: Experiment) =>
	JSON.stringify(experiment, (_, value: unknown) =>
		value && typeof value === 'object' && !Array.isArray(value)
			? Object.fromEntries(Object.entries(value).sort())
			: value
	);

/** @throws Error saying what is wrong with a packed experiment */
function unpack(text: string): Experiment {
	if (text.length > LONGEST) throw new Error(`${LONGEST} characters at most`);
	let value: unknown;
	try {
		const bytes = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
		value = JSON.parse(strFromU8(inflateSync(Uint8Array.from(bytes, (c) => c.charCodeAt(0)))));
	} catch {
		throw new Error('a whole link: this one is cut or changed');
	}
	return checkExperiment(value);
}

/** Reads the search part of an address; never throws. */
export function readLabLink(search: URLSearchParams): LabLink {
	const problems: LinkProblem[] = [];

	/** Returns the value of a part if present and valid; else returns undefined and, if it is invalid, notes the problem. */
	function part<T>(
		name: string,
		expected: string,
		read: (text: string) => T | undefined
	): T | undefined {
		const value = search.get(name);
		if (value === null) return undefined;
		const found = read(value);
		if (found === undefined) problems.push({ name, value: value.slice(0, 40), expected });
		return found;
	}

	const whole = (name: string, [min, max]: readonly [number, number]) =>
		part(name, `${min}…${max}`, (text) => {
			const value = Number(text);
			return /^\d+$/.test(text) && value >= min && value <= max ? value : undefined;
		});

	const preset =
		part('preset', PRESET_NAMES.join(', '), (text) => (isPresetName(text) ? text : undefined)) ??
		DEFAULT_PRESET;
	const depth = part('depth', `6n + 2, 8…${MAX_LAB_DEPTH}`, (text) => {
		const value = Number(text);
		return isCifarDepth(value) && value <= MAX_LAB_DEPTH ? value : undefined;
	});
	const width = whole('width', LIMITS.width);
	const batch = whole('batch', LIMITS.batch);
	const seed = whole('seed', LIMITS.seed);
	const backend =
		part('backend', BACKENDS.join(', '), (text) => BACKENDS.find((name) => name === text)) ?? null;

	const recording =
		part('recording', RECORDINGS.map(recordingName).join(', '), (text) =>
			RECORDINGS.find((each) => recordingName(each) === text)
		) ?? null;
	const run = part('run', '1', (text) => (text === '1' ? true : undefined)) ?? false;
	const common = { backend, problems, recording, run };
	if (recording) return { ...common, request: { experiment: recordedExperiment(recording) } };

	const packed = search.get('experiment');
	if (packed !== null)
		try {
			return { ...common, request: { experiment: unpack(packed) } };
		} catch (error) {
			const value = packed.slice(0, 20);
			problems.push({ name: 'experiment', value, expected: (error as Error).message });
		}

	const untouched = [depth, width, batch, seed].every((value) => value === undefined);
	if (untouched) return { ...common, request: { preset, depth: 'measure' } };

	let experiment = PRESETS[preset](depth ?? 20);
	if (width !== undefined) experiment = changeLanes(experiment, { width });
	if (batch !== undefined) experiment = { ...experiment, recipe: { ...experiment.recipe, batch } };
	if (seed !== undefined) experiment = { ...experiment, seed };
	return { ...common, request: { experiment } };
}
