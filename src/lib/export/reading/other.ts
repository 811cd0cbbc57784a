/** Tells what a file is that does not hold weights as safetensors or as PyTorch's state dict. */
import { latin1 } from '$lib/base/latin1';
import { standInOf } from '$lib/base/standIn';
import type { Zipped } from '$lib/base/zip';
import { WeightsError, type OtherFile } from './problems';
import { calledBy } from './torch';

const begins =
	(...beginnings: readonly string[]) =>
	(start: string) =>
		beginnings.some((beginning) => start.startsWith(beginning));
const matches = (pattern: RegExp) => (start: string) => pattern.test(start);
const byte = (start: string, at: number) => start.charCodeAt(at);

/** How formats are known by their first bytes, as text of Latin-1. */
const SIGNATURES: readonly (readonly [(start: string) => boolean, OtherFile])[] = [
	[(start) => start === '', 'empty'],
	[matches(/^\s*\{[^]*"weight_map"/), 'shard-index'],
	[begins('\x89HDF\r\n'), 'hdf5'],
	[begins('\x93NUMPY'), 'numpy'],
	[begins('\x1f\x8b', 'BZh', '\xfd7zXZ', '7z\xbc\xaf', 'Rar!'), 'archive'],
	[(start) => start.startsWith('ustar', 257), 'archive'],
	[begins('\x89PNG', '\xff\xd8\xff', 'GIF8', 'RIFF'), 'picture'],
	// The version of ONNX's format, then the name of the program that wrote it, or the graph.
	[
		(start) =>
			byte(start, 0) === 0x08 && byte(start, 1) < 0x20 && [0x12, 0x3a].includes(byte(start, 2)),
		'onnx'
	],
	[(start) => byte(start, 0) === 0x80 && byte(start, 1) <= 5, 'pickle'],
	// Text throughout: an error message, a record, a list.
	[matches(/^[\t\n\r\x20-\x7e\x80-\xff]+$/), 'text']
];
const START = 4096;
const SHOWN = 60;

/** @returns what a file that is not recognised as weights is */
export async function otherFile(blob: Blob): Promise<WeightsError> {
	const start = latin1(new Uint8Array(await blob.slice(0, START).arrayBuffer()));
	const code = standInOf(start) ?? SIGNATURES.find(([is]) => is(start))?.[1] ?? 'unknown';
	const detail =
		code === 'unknown'
			? Array.from(start.slice(0, 8), (character) =>
					character.charCodeAt(0).toString(16).padStart(2, '0')
				).join(' ')
			: code === 'pickle'
				? await calledBy(blob)
				: code === 'text' || code === 'git-lfs'
					? start.slice(0, SHOWN).replace(/\s+/g, ' ').trim()
					: '';
	return new WeightsError({ code, detail });
}

/** Files in a zip file by which its kind is known. */
const IN_ZIP: readonly (readonly [RegExp, OtherFile])[] = [
	[/(^|\/)model\.weights\.h5$/, 'keras'],
	[/(^|\/)saved_model\.pb$/, 'saved-model'],
	[/\.npy$/, 'numpy'],
	[/./, 'zip']
];

/** @returns what a zip file that is not one of PyTorch is, with one of its files */
export function otherZip(files: readonly Zipped[]): WeightsError {
	for (const [pattern, code] of IN_ZIP) {
		const file = files.find(({ path }) => pattern.test(path));
		if (file) return new WeightsError({ code, detail: file.path });
	}
	return new WeightsError({ code: 'empty', detail: '' });
}
