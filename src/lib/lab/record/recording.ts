/**
 * Recordings: runs compressed enough to ship with the app. A recording is a zip file with `run.json` (everything but
 * the numbers of the steps) and `numbers.bin`. Two things are lost. Norms of layers are kept at some steps only; steps
 * in between repeat the last ones kept. And every number of a step is rounded to 8 significant bits: an error of at
 * most 0.4 % above 1e-38, and none for training errors on up to 128 images. NaN and infinities are kept.
 */
import { checked, parsed, RecordError } from '$lib/base/checked';
import { FetchError, fetchFile } from '$lib/base/fetchFile';
import { recordingName, type ShippedRecording } from '../experiment/recordings';
import { strFromU8, strToU8, unzipSync, zipSync, type Unzipped } from 'fflate';
import * as v from 'valibot';
import type { LaneMetrics } from '$lib/engine/engine';
import {
	checkAgreement,
	FLOAT_ARRAYS,
	headSchema,
	lengthsOf,
	writeHead,
	type RunRecord,
	type StepRecord
} from './record';

/** Number of steps whose norms are kept, spread evenly. */
const ROWS = 100;
/** The first steps, and the last ones of a network that stops, are kept too: norms change fastest there. */
const EDGE = 10;
/** Most bytes to unpack at once: several times the size of a run of the deepest networks. */
const LARGEST = 256e6;

const HEAD = 'run.json';
const NUMBERS = 'numbers.bin';

const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1e6));
const recordingSchema = v.object({
	kind: v.literal('residual-explorer-recording'),
	version: v.literal(1),
	record: headSchema,
	steps: count,
	/** Step numbers whose norms are kept, in increasing order. */
	kept: v.array(count),
	/** For each lane: the first and last step of every period in which it trained. */
	trained: v.array(v.array(v.tuple([count, count])))
});
type Layout = Pick<v.InferOutput<typeof recordingSchema>, 'steps' | 'kept' | 'trained'>;

/** The numbers of a run's steps in columns: one list per metric over all steps, one per norm over the kept steps; 0 where there is no value. */
interface Columns {
	readonly milliseconds: Float32Array;
	readonly lanes: readonly Readonly<Record<keyof LaneMetrics, Float32Array>>[];
}
/** The metrics of a lane, in the order of the file. */
const LISTS = ['loss', 'trainingError', ...FLOAT_ARRAYS] as const;

/**
 * @param machine the machine it ran on, in words
 * @returns a zip file
 */
export function writeRecording(record: RunRecord, machine: string): Uint8Array {
	const { steps } = record;
	const layout: Layout = {
		steps: steps.length,
		kept: keptSteps(steps),
		trained: record.experiment.lanes.map((_, lane) => stretches(steps, lane))
	};
	const columns = emptyColumns(record, layout);
	steps.forEach(({ milliseconds, lanes }, i) => {
		columns.milliseconds[i] = milliseconds;
		lanes.forEach((metrics, lane) => {
			columns.lanes[lane].loss[i] = metrics?.loss ?? 0;
			columns.lanes[lane].trainingError[i] = metrics?.trainingError ?? 0;
		});
	});
	layout.kept.forEach((step, row) =>
		steps[step - 1].lanes.forEach((metrics, lane) => {
			for (const key of FLOAT_ARRAYS)
				metrics?.[key].forEach(
					(value, i) => (columns.lanes[lane][key][i * layout.kept.length + row] = value)
				);
		})
	);
	const environment = { ...record.environment, machine };
	const head = {
		kind: 'residual-explorer-recording',
		version: 1,
		record: writeHead({ ...record, environment }),
		...layout
	};
	return zipSync(
		{ [HEAD]: strToU8(JSON.stringify(head)), [NUMBERS]: pack(listsOf(columns)) },
		{ level: 9, mtime: record.environment.startedAt }
	);
}

/** Whether the files of a zip file are those of a recording. */
export const isRecording = (names: readonly string[]) =>
	[HEAD, NUMBERS].every((name) => names.includes(name));

/**
 * Reads a recording.
 * @throws RecordError
 */
export function readRecording(bytes: Uint8Array): RunRecord {
	const files = unzip(bytes);
	for (const name of [HEAD, NUMBERS])
		if (!files[name]) throw new RecordError('', `a zip file without ${name}: no recorded run`);
	const json = parsed(strFromU8(files[HEAD]), HEAD);
	const { record: head, ...layout } = checked(recordingSchema, json);
	checkLayout(layout, head.experiment.lanes.length);
	checkSize(files[NUMBERS], head, layout);
	const columns = emptyColumns(head, layout);
	unpack(files[NUMBERS], listsOf(columns));
	const record = { ...head, steps: stepsOf(columns, layout), keptSteps: layout.kept.length };
	checkAgreement(record);
	return record;
}

/** Unpacks a recording's files. @throws RecordError */
function unzip(bytes: Uint8Array): Unzipped {
	let size = 0;
	try {
		return unzipSync(bytes, {
			filter: ({ name, originalSize }) => {
				if (name !== HEAD && name !== NUMBERS) return false;
				size += originalSize;
				if (size > LARGEST) throw new Error(`more than ${LARGEST / 1e6} MB in it`);
				return true;
			}
		});
	} catch (error) {
		throw new RecordError('', `not a whole zip file: ${(error as Error).message}`);
	}
}

/** @throws RecordError if step numbers are out of order or beyond the run */
function checkLayout({ steps, kept, trained }: Layout, lanes: number): void {
	const rises = kept.every((step, i) => step > (kept[i - 1] ?? 0) && step <= steps);
	if (!rises || (steps > 0 && kept[0] !== 1))
		throw new RecordError('kept', `expected rising numbers from 1 to ${steps}`);
	if (trained.length !== lanes)
		throw new RecordError('trained', `expected ${lanes} lanes, received ${trained.length}`);
}

function keptSteps(steps: readonly StepRecord[]): number[] {
	const last = steps.length;
	const kept = new Set<number>([...Array(EDGE).keys()].map((i) => i + 1));
	for (let row = 1; row <= ROWS; row++) kept.add(Math.ceil((row * last) / ROWS));
	const stops = (steps[0]?.lanes ?? []).flatMap((_, lane) =>
		stretches(steps, lane).map(([, end]) => end)
	);
	for (const stop of stops) for (let i = 0; i < EDGE; i++) kept.add(stop - i);
	return [...kept].filter((step) => step >= 1 && step <= last).sort((a, b) => a - b);
}

function stretches(steps: readonly StepRecord[], lane: number): [number, number][] {
	const found: [number, number][] = [];
	for (const { step, lanes } of steps) {
		if (!lanes[lane]) continue;
		const present = found.at(-1);
		if (present?.[1] === step - 1) present[1] = step;
		else found.push([step, step]);
	}
	return found;
}

function emptyColumns(
	record: Pick<RunRecord, 'experiment' | 'input'>,
	{ steps, kept }: Layout
): Columns {
	return {
		milliseconds: new Float32Array(steps),
		lanes: lengthsOf(record).map((lengths) => {
			const lists = FLOAT_ARRAYS.map((key) => [key, new Float32Array(lengths[key] * kept.length)]);
			const norms: Record<(typeof FLOAT_ARRAYS)[number], Float32Array> = Object.fromEntries(lists);
			return { loss: new Float32Array(steps), trainingError: new Float32Array(steps), ...norms };
		})
	};
}

/** All columns, in the order of the file. */
const listsOf = ({ milliseconds, lanes }: Columns): Float32Array[] => [
	milliseconds,
	...lanes.flatMap((own) => LISTS.map((key) => own[key]))
];

function stepsOf({ milliseconds, lanes }: Columns, { steps, kept, trained }: Layout): StepRecord[] {
	// All steps between two kept ones share an object.
	const rows = kept.map((_, row) =>
		lanes.map((own) =>
			Object.fromEntries(
				FLOAT_ARRAYS.map((key) => {
					const length = own[key].length / kept.length;
					return [key, Float32Array.from({ length }, (_, i) => own[key][i * kept.length + row])];
				})
			)
		)
	);
	let row = -1;
	return Array.from({ length: steps }, (_, i) => {
		const step = i + 1;
		if (kept[row + 1] === step) row++;
		return {
			step,
			milliseconds: milliseconds[i],
			lanes: lanes.map(({ loss, trainingError }, lane) =>
				trained[lane].some(([first, last]) => first <= step && step <= last)
					? ({ loss: loss[i], trainingError: trainingError[i], ...rows[row][lane] } as LaneMetrics)
					: null
			)
		};
	});
}

/** Packs the rounded upper half of every 32-bit float: the first bytes of a list, then its second bytes, which compresses better. */
function pack(lists: readonly Float32Array[]): Uint8Array {
	const bytes = new Uint8Array(2 * lists.reduce((sum, { length }) => sum + length, 0));
	let at = 0;
	for (const list of lists) {
		list.forEach((value, i) => {
			const half = upperHalf(value);
			bytes[at + i] = half >> 8;
			bytes[at + list.length + i] = half & 0xff;
		});
		at += 2 * list.length;
	}
	return bytes;
}

/** Checks the number of bytes before memory is allocated for their numbers. @throws RecordError */
function checkSize(
	bytes: Uint8Array,
	record: Pick<RunRecord, 'experiment' | 'input'>,
	{ steps, kept }: Layout
): void {
	const norms = lengthsOf(record).flatMap((lengths) => Object.values(lengths));
	const numbers =
		steps * (1 + 2 * record.experiment.lanes.length) +
		kept.length * norms.reduce((sum, length) => sum + length, 0);
	if (bytes.length !== 2 * numbers)
		throw new RecordError(NUMBERS, `expected ${2 * numbers} bytes, received ${bytes.length}`);
}

function unpack(bytes: Uint8Array, lists: readonly Float32Array[]): void {
	let at = 0;
	for (const list of lists) {
		const bits = new Uint32Array(list.buffer);
		for (let i = 0; i < list.length; i++)
			bits[i] = (bytes[at + i] << 24) | (bytes[at + list.length + i] << 16);
		at += 2 * list.length;
	}
}

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

function upperHalf(value: number): number {
	float[0] = value;
	if (Number.isNaN(value)) return 0x7fc0;
	// Rounds to nearest, ties to even; a value that rounds beyond the largest float becomes infinite.
	const [exact] = bits;
	return (exact + 0x7fff + ((exact >>> 16) & 1)) >>> 16;
}

/**
 * Fetches and reads a recording.
 * @param folder address of the recordings, ending with a slash
 * @throws RecordError if it cannot be fetched or is damaged
 */
export async function loadRecording(
	folder: string,
	recording: ShippedRecording
): Promise<RunRecord> {
	try {
		return readRecording(
			new Uint8Array(await fetchFile(`${folder}${recordingName(recording)}.zip`))
		);
	} catch (error) {
		if (!(error instanceof FetchError)) throw error;
		throw new RecordError('', error.message);
	}
}
