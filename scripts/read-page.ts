/** Runs in the browser for `read.mjs`: says what the app makes of files and links, by the code that the app has. */
import packageJson from '../package.json';
import { gunzipped } from '$lib/base/gunzip';
import { latin1 } from '$lib/base/latin1';
import { readZip } from '$lib/base/zip';
import { ImportError, look, NO_CHOICES, type Brought } from '$lib/data/import';
import { BROWSER_DECODERS } from '$lib/data/import/browserDecoders';
import { HEAD_BYTES, isPicture, kindOf, PICTURE_NAME, type FileKind } from '$lib/data/import/sniff';
import { examineWeights } from '$lib/export/reading/examine';
import { WeightsError } from '$lib/export/reading/problems';
import { RecordFileError } from '$lib/lab/record/problem';
import { readRecordFile } from '$lib/lab/record/read';
import { analyse, networkOf, parseName } from '$lib/network';
import { readLink } from '$lib/view/link';
import { importProblemText, leftOutText, warningText } from '$lib/view/words/images';
import { recordProblemText, recordWarningText } from '$lib/view/words/records';
import {
	leftOutText as leftTensorsText,
	weightsProblemText,
	weightsWarningText
} from '$lib/view/words/weights';

/** The app, as the built pages name it. */
const { name, version } = packageJson;

interface Told {
	readonly code: string;
	readonly text: string;
}
interface LeftOut {
	readonly reason: string;
	readonly count: number;
	readonly examples: readonly string[];
	readonly text: string;
}
/** What is printed of a path; see the help of `read.mjs`. */
export type Reading = {
	readonly kind: 'images' | 'weights' | 'record' | 'link' | 'unknown';
	readonly leftOut?: readonly LeftOut[];
	readonly warnings: readonly Told[];
	readonly error?: Told;
} & Readonly<Record<string, unknown>>;

type Kind = Exclude<Reading['kind'], 'link' | 'unknown'>;

/** Kinds of content that one reader takes, whatever the name. */
const BY_CONTENT: { readonly [K in FileKind]?: Kind } = {
	safetensors: 'weights',
	hdf5: 'weights',
	idx: 'images',
	tar: 'images'
};
/** What a file whose content does not tell is meant to be, by its name. */
const BY_NAME: readonly (readonly [RegExp, Kind])[] = [
	[/\.(safetensors|pth?|bin|ckpt|h5|keras|onnx|pb|tflite)$/i, 'weights'],
	[/\.(json|jsonl|record)(\.gz)?$/i, 'record']
];

const nameKind = ({ name }: File) => BY_NAME.find(([pattern]) => pattern.test(name))?.[1];

/** Files in a zip file that is one of weights. */
const IN_WEIGHTS =
	/(^|\/)(data\.pkl|model\.weights\.h5|saved_model\.pb)$|\.(pth?|ckpt|safetensors)$/;

const headOf = async (blob: Blob) => new Uint8Array(await blob.slice(0, HEAD_BYTES).arrayBuffer());

/** The reader for a single file, by its content; null if that does not tell. */
async function kindOfFile(file: File): Promise<Kind | null> {
	const head = await headOf(file);
	const kind = kindOf(head, file.size);
	if (isPicture(kind)) return 'images';
	if (kind === 'zip') return kindOfZip(file);
	if (kind === 'gzip') return kindOfGzip(file);
	if (kind === 'pickle') return (await isTorch(file)) ? 'weights' : 'images';
	if (kind === 'text' && latin1(head).includes('"weight_map"')) return 'weights';
	if (kind === 'text' && isJson(head)) return nameKind(file) ?? 'record';
	return BY_CONTENT[kind] ?? null;
}

async function kindOfZip(file: Blob): Promise<Kind | null> {
	try {
		const names = (await readZip(file, 200_000)).map(({ path }) => path);
		if (names.some((name) => IN_WEIGHTS.test(name))) return 'weights';
		const pack = names.some((name) => /(^|\/)manifest\.json$/.test(name));
		const json = names.some((name) => /\.json$/.test(name));
		const pictures = names.some((name) => PICTURE_NAME.test(name));
		return json && !pack && !pictures ? 'record' : 'images';
	} catch {
		// The reader says what is wrong with it.
		return null;
	}
}

async function kindOfGzip(file: Blob): Promise<Kind | null> {
	try {
		const reader = gunzipped(file, 1e9).getReader();
		const { value } = await reader.read();
		await reader.cancel();
		// What was packed twice is told by its name.
		if (!value || (value[0] === 0x1f && value[1] === 0x8b)) return null;
		return isJson(value) ? 'record' : 'images';
	} catch {
		return null;
	}
}

async function isTorch(file: Blob): Promise<boolean> {
	const { error } = await examineWeights(file, null);
	return error?.code !== 'pickle' && error?.code !== 'unknown';
}

/** Whether bytes begin like JSON, in any encoding. */
const isJson = (head: Uint8Array) => {
	const start = Array.from(head.subarray(0, 64)).filter((byte) => byte > 32 && byte < 0xef);
	return start[0] === 0x7b || start[0] === 0x5b;
};

async function images(files: readonly Brought[]): Promise<Reading> {
	try {
		const set = await look(files, BROWSER_DECODERS, () => {});
		const { pack, card } = await set.keep(
			NO_CHOICES,
			async () => {},
			() => {}
		);
		const { shape, mean, std } = pack.manifest;
		return {
			kind: 'images',
			title: card.title,
			...{ id: card.id, shape, mean, std, classes: card.classes },
			leftOut: card.leftOut.map((left) => ({ ...left, text: leftOutText(left.reason) })),
			warnings: card.warnings.map((warning) => ({
				code: warning.code,
				text: warningText(warning)
			}))
		};
	} catch (error) {
		if (!(error instanceof ImportError)) throw error;
		const { problem } = error;
		const told = { code: problem.code, text: importProblemText(problem) };
		return { kind: 'images', warnings: [], error: told };
	}
}

async function weights(file: File, into: string | null): Promise<Reading> {
	const network = into === null ? null : analyse(networkOf(parseName(into)));
	const report = await examineWeights(file, network);
	const { leftOut, warnings, error, taken, ...rest } = report;
	return {
		kind: 'weights',
		...rest,
		...(network && { into, taken: taken.length, takenNames: taken }),
		leftOut: leftOut.map((left) => ({ ...left, text: leftTensorsText(left) })),
		warnings: warnings.map((warning) => ({
			code: warning.code,
			text: weightsWarningText(warning)
		})),
		...(error && {
			error: { code: error.code, text: weightsProblemText(new WeightsError(error)) }
		})
	};
}

async function record(file: File): Promise<Reading> {
	try {
		const { record, warnings } = await readRecordFile(file);
		return {
			kind: 'record',
			experiment: record.experiment,
			steps: record.steps.length,
			warnings: warnings.map((warning) => ({
				code: warning.code,
				text: recordWarningText(warning)
			}))
		};
	} catch (error) {
		if (!(error instanceof RecordFileError)) throw error;
		const { problem } = error;
		const told = { code: problem.code, text: recordProblemText(problem, `${name} ${version}`) };
		return { kind: 'record', warnings: [], error: told };
	}
}

/**
 * Reads what lies in the page's file field.
 * @param folder whether a folder was chosen, with its files
 * @param into name of the network that weights are for
 */
async function readField(folder: boolean, into: string | null): Promise<Reading> {
	const field = document.querySelector<HTMLInputElement>(folder ? '#folder' : '#file');
	const files = Array.from(field?.files ?? []);
	if (folder || files.length !== 1)
		return images(
			files.map((file) => ({ path: file.webkitRelativePath || file.name, blob: file }))
		);
	const [file] = files;
	const byContent = into === null ? await kindOfFile(file) : 'weights';
	const told = byContent ?? nameKind(file);
	const kind = told ?? 'images';
	const reading =
		kind === 'weights'
			? await weights(file, into)
			: kind === 'record'
				? await record(file)
				: await images([{ path: file.name, blob: file }]);
	// Neither its content nor its name says what it is, and it is no set of images.
	return reading.error && !told ? { ...reading, kind: 'unknown' } : reading;
}

for (const id of ['file', 'folder']) {
	const field = document.createElement('input');
	field.type = 'file';
	field.id = id;
	if (id === 'folder') field.webkitdirectory = true;
	document.body.append(field);
}

Object.assign(globalThis, { readField, readLink });
