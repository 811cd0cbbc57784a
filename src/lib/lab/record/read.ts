/**
 * Reads a run's record from a file as people bring it: JSON in any Unicode encoding, also packed by gzip or zip, or a
 * recording. It reads in pieces, so that memory grows with the run and not with the file.
 */
import { checked, RecordError } from '$lib/base/checked';
import { GunzipError, gunzipped, isGzip } from '$lib/base/gunzip';
import { JsonListReader, LongPartError } from '$lib/base/jsonList';
import { peek } from '$lib/base/peek';
import { decoded } from '$lib/base/readText';
import { readZip, ZipError } from '$lib/base/zip';
import { standInOf } from '$lib/base/standIn';
import { PICTURE_NAME } from '$lib/data/import/sniff';
import * as v from 'valibot';
import {
	checkAgreement,
	headSchema,
	KIND,
	stepSchema,
	VERSION,
	withAllReadings,
	type Earlier,
	type RecordHead,
	type RunRecord
} from './record';
import { withNorm } from '../earlier';
import { RecordFileError, type RecordProblem, type RecordWarning } from './problem';
import { isRecording, readRecording } from './recording';

/** Most bytes of a record, unpacked. */
const LARGEST_RECORD = 512e6;
/** Most characters of one step, or of everything else: a hundred times as many as the deepest networks need. */
const LONGEST_PART = 32e6;
/** Most spaces or zeros before a record. */
const LONGEST_BLANK = 1e6;
/** Bytes at the beginning of a file that show what it is. */
const LOOK = 1024;
/** Most files in a zip file. */
const MOST_FILES = 10_000;
/** How often a file may be packed: a server may pack what was packed. */
const MOST_LAYERS = 3;

export interface ReadRecord {
	readonly record: RunRecord;
	readonly warnings: readonly RecordWarning[];
}

const refuse = (problem: RecordProblem) => new RecordFileError(problem);

/** @throws RecordFileError if the file holds no sound record */
export async function readRecordFile(file: Blob): Promise<ReadRecord> {
	try {
		return await readFile(file, MOST_LAYERS);
	} catch (error) {
		throw error instanceof RecordError ? valueProblem(error, null) : error;
	}
}

async function readFile(file: Blob, layers: number): Promise<ReadRecord> {
	const head = new Uint8Array(await file.slice(0, LOOK).arrayBuffer());
	if (layers > 0 && isZip(head)) return readZipped(file, layers - 1);
	let stream: ReadableStream<Uint8Array> | null = null;
	let first: Uint8Array = head;
	let zip: Blob | null = null;
	try {
		for (let layer = layers; layer > 0 && isGzip(first); layer--) {
			const unpacked: ReadableStream<Uint8Array> = gunzipped(stream ?? file, LARGEST_RECORD);
			({ head: first, stream } = await peek(unpacked, LOOK));
		}
		if (layers > 0 && isZip(first)) zip = await new Response(stream).blob();
	} catch (error) {
		throw gzipProblem(error, 0);
	}
	return zip ? readZipped(zip, layers - 1) : readStream(stream ?? file.stream());
}

const isZip = (head: Uint8Array) => head[0] === 0x50 && head[1] === 0x4b && head[2] < 8;

/** Files that programs add to what people pack. */
const isAdded = (path: string) => /(^|\/)(__MACOSX\/|\.|Thumbs\.db|desktop\.ini)/.test(path);

const isPictureName = (path: string) => PICTURE_NAME.test(path);
const mostlyPictures = (paths: readonly string[]) =>
	2 * paths.filter(isPictureName).length > paths.length;
const pictures = (paths: readonly string[]): RecordProblem => ({
	code: 'pictures',
	files: paths.filter(isPictureName).slice(0, 2)
});

async function readZipped(zip: Blob, layers: number): Promise<ReadRecord> {
	try {
		const files = (await readZip(zip, MOST_FILES)).filter(({ path }) => !isAdded(path));
		const names = files.map(({ path }) => path);
		if (isRecording(names)) {
			if (zip.size > LARGEST_RECORD) throw refuse({ code: 'large', most: LARGEST_RECORD });
			return {
				record: readRecording(new Uint8Array(await zip.arrayBuffer())),
				warnings: []
			};
		}
		const likely = files.filter(({ path }) => /\.(json|zip|gz|txt)$/i.test(path));
		// The folder of a project has its record by this name; other texts may lie beside a record.
		const own = [/(^|\/)record\.json$/, /\.json(\.gz)?$/i]
			.map((name) => likely.filter(({ path }) => name.test(path)))
			.find(({ length }) => length === 1);
		if (!own && mostlyPictures(names)) throw refuse(pictures(names));
		const [file, ...others] = own ?? (likely.length ? likely : files);
		if (!file) throw refuse({ code: 'zip-none', files: names });
		if (others.length)
			throw refuse({ code: 'zip-several', files: [file, ...others].map(({ path }) => path) });
		const bytes = (await file.bytes(LARGEST_RECORD)) as Uint8Array<ArrayBuffer>;
		return await readFile(new Blob([bytes]), layers);
	} catch (error) {
		if (!(error instanceof ZipError)) throw error;
		const { problem } = error;
		if (problem.code === 'zip-many' && mostlyPictures(problem.first))
			throw refuse(pictures(problem.first));
		const large = problem.code === 'zip-large' || problem.code === 'zip-many';
		throw refuse(large ? { code: 'large', most: LARGEST_RECORD } : problem);
	}
}

async function readStream(stream: ReadableStream<Uint8Array>): Promise<ReadRecord> {
	let bytes = 0;
	const counted = stream.pipeThrough(
		new TransformStream<Uint8Array, Uint8Array>({
			transform(chunk, out) {
				bytes += chunk.length;
				if (bytes > LARGEST_RECORD) throw refuse({ code: 'large', most: LARGEST_RECORD });
				out.enqueue(chunk);
			}
		})
	);
	const reader = new RecordText();
	try {
		for await (const text of decoded(counted)) reader.push(text);
	} catch (error) {
		throw gzipProblem(error, reader.steps);
	}
	return reader.end(bytes);
}

/** What an error of the unpacking means for a record of which so many steps have been read; other errors as they are. */
function gzipProblem(error: unknown, steps: number): unknown {
	if (!(error instanceof GunzipError)) return error;
	const { problem } = error;
	if (problem.code === 'gzip-cut') return refuse({ code: 'cut', bytes: problem.bytes, steps });
	return refuse(problem.code === 'gzip-large' ? { code: 'large', most: problem.most } : problem);
}

/** Reads a record from text that may arrive in pieces. */
class RecordText {
	readonly #steps: Earlier<RunRecord>['steps'][number][] = [];
	readonly #json = new JsonListReader('steps', (text) => this.#addStep(text), LONGEST_PART);
	/** Fields that are left out: the first path of each. */
	readonly #unknown = new Map<string, string>();
	/** What is wrong with the first step that cannot be read. */
	#wrong: RecordError | RecordFileError | null = null;
	#length = 0;

	/** Number of steps read so far. */
	get steps(): number {
		return this.#steps.length;
	}

	/** @throws RecordFileError */
	push(text: string): void {
		this.#length += text.length;
		if (this.#json.end === 'before') {
			const begins = text.replace(/^[\s\0\ufeff]+/, '');
			if (begins && begins[0] !== '{') throw refuse(instead(begins));
			if (!begins && this.#length > LONGEST_BLANK)
				throw refuse({ code: 'empty', bytes: this.#length });
		}
		try {
			this.#json.push(text);
		} catch (error) {
			if (error instanceof LongPartError) throw refuse({ code: 'large', most: LONGEST_PART });
			throw error;
		}
	}

	/**
	 * @param bytes number of bytes that the text had
	 * @throws RecordFileError
	 */
	end(bytes = this.#length): ReadRecord {
		const { end, rest, behind } = this.#json;
		if (end === 'before') throw refuse({ code: 'empty', bytes });
		if (end === 'inside') throw refuse({ code: 'cut', bytes, steps: this.steps });
		if (/^[{[]/.test(behind)) throw refuse({ code: 'several' });
		const head = parsed(rest, null) as Record<string, unknown>;
		const { kind, version, environment } = head;
		if (kind !== KIND) throw refuse({ code: 'other', keys: Object.keys(head).slice(0, 5) });
		if (typeof version === 'number' && version > VERSION) throw refuse({ code: 'newer', version });
		if (version !== VERSION) throw refuse({ code: 'no-version', version: VERSION });
		try {
			const record = this.#checked(head);
			const warnings: RecordWarning[] = [...beyondLast(record)];
			if (this.#unknown.size)
				warnings.push({ code: 'unknown-fields', paths: [...this.#unknown.values()] });
			if (behind) warnings.push({ code: 'text-behind', begins: behind });
			return { record, warnings };
		} catch (error) {
			if (error instanceof RecordFileError) throw error;
			const { app } = Object(environment) as { readonly app?: unknown };
			// Other errors come from values that are nested too deeply, or are too many.
			const told =
				error instanceof RecordError ? error : new RecordError('', (error as Error).message);
			throw valueProblem(told, typeof app === 'string' ? app : null);
		}
	}

	#checked({ steps, ...head }: Record<string, unknown>): RunRecord {
		if (!this.#json.found)
			throw new RecordError('steps', steps === undefined ? 'missing' : 'expected a list');
		const checkedHead = this.#checkedHead(head);
		if (this.#wrong) throw this.#wrong;
		if (!this.steps) throw refuse({ code: 'no-steps' });
		const whole = { ...checkedHead, steps: this.#steps };
		checkAgreement(whole);
		return withAllReadings(whole);
	}

	/** Checks the head, without the fields of an experiment that this version does not know. */
	#checkedHead(json: object): RecordHead {
		const head = withNorm(json);
		for (;;) {
			const { issues } = v.safeParse(headSchema, head);
			const left = (issues ?? []).flatMap((issue) => {
				const unknown = issue.type === 'strict_object' && issue.expected === 'never';
				const path = v.getDotPath(issue as v.BaseIssue<unknown>);
				return unknown && path && remove(head, path) ? [path] : [];
			});
			for (const path of left) this.#leave(path);
			if (left.length) continue;
			const found = checked(headSchema, head);
			this.#compare(head, found, '');
			return found;
		}
	}

	#addStep(text: string): void {
		// Goes on counting brackets, because only the end shows what file this is.
		if (this.#wrong) return;
		const i = this.steps;
		try {
			const json = parsed(text, i + 1);
			const step = checked(stepSchema, json);
			this.#compare(json, step, `steps.${i}`);
			this.#steps.push(step);
		} catch (error) {
			if (error instanceof RecordError)
				this.#wrong = new RecordError(
					[`steps.${i}`, error.path].filter(Boolean).join('.'),
					error.detail
				);
			else if (error instanceof RecordFileError) this.#wrong = error;
			else throw error;
		}
	}

	/** Notes the fields of a file's value that the checked value no longer has. */
	#compare(json: unknown, found: unknown, path: string): void {
		if (json === found || !isPlain(json) || !isPlain(found)) return;
		for (const [key, own] of Object.entries(json)) {
			const place = path ? `${path}.${key}` : key;
			if (Object.hasOwn(found, key)) this.#compare(own, found[key], place);
			else this.#leave(place);
		}
	}

	#leave(path: string): void {
		const field = path.replace(/\b\d+\b/g, '');
		if (!this.#unknown.has(field)) this.#unknown.set(field, path);
	}
}

/**
 * Reads a record from a file's text.
 * @throws RecordFileError
 */
export function readRecord(text: string): ReadRecord {
	const reader = new RecordText();
	reader.push(text);
	return reader.end();
}

const valueProblem = ({ path, detail }: RecordError, app: string | null) =>
	refuse({ code: 'value', path, detail, app });

/** What a file is instead, by how its text begins. */
function instead(begins: string): RecordProblem {
	if (begins[0] === '[') return { code: 'several' };
	const standIn = standInOf(begins);
	if (standIn) return { code: standIn };
	// Control characters and bytes that are no text would be drawn as boxes.
	const printable = begins.slice(0, 40).replace(/[\p{C}\ufffd]+/gu, ' ');
	return { code: 'not-json', begins: printable.trim() };
}

/** Parses JSON; also reads NaN and infinities as Python writes them. @throws RecordFileError */
function parsed(text: string, step: number | null): unknown {
	try {
		return JSON.parse(text);
	} catch (error) {
		if (/NaN|Infinity/.test(text))
			try {
				return JSON.parse(text.replace(BARE, (found) => (found[0] === '"' ? found : `"${found}"`)));
			} catch {
				// The first error says what is wrong.
			}
		throw refuse({ code: 'syntax', step, detail: (error as Error).message });
	}
}
/** Strings, and numbers that JSON does not know. */
const BARE = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;

const isPlain = (value: unknown): value is Record<string, unknown> =>
	Array.isArray(value) || value?.constructor === Object;

/** Deletes the value at a path; returns whether it was there. */
function remove(from: unknown, path: string): boolean {
	const keys = path.split('.');
	const last = keys.pop() ?? '';
	const owner = keys.reduce<unknown>((at, key) => (isPlain(at) ? at[key] : undefined), from);
	return isPlain(owner) && Object.hasOwn(owner, last) && delete owner[last];
}

/** Events and results of steps that the record does not have. */
function* beyondLast({ steps, ...head }: RunRecord): Generator<RecordWarning> {
	const last = steps.length;
	for (const [key, list] of Object.entries(head)) {
		if (!Array.isArray(list)) continue;
		const i = list.findIndex((entry) => Number(Object(entry).step) > last);
		if (i >= 0)
			yield { code: 'beyond-last-step', path: `${key}.${i}.step`, step: list[i].step, last };
	}
}
