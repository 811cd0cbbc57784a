/** Reads files of weights, whatever their names: safetensors, and state dicts of PyTorch. */
import { readZip, ZipError } from '$lib/base/zip';
import { readSafetensors } from '../safetensors';
import type { StoredTensor } from './numbers';
import { otherFile, otherZip } from './other';
import { WeightsError, type LeftOut, type WeightsWarning } from './problems';
import { readTorchLegacy, readTorchZip, type TorchFile } from './torch';

export interface WeightsFile {
	readonly format: 'safetensors' | 'pytorch';
	/** By name, in the file's order; their numbers are read when they are needed. */
	readonly tensors: ReadonlyMap<string, StoredTensor>;
	readonly warnings: readonly WeightsWarning[];
	readonly leftOut: readonly LeftOut[];
}

const MOST_FILES = 100_000;
/** PyTorch does not compress; programs that pack its files again make them at most so much smaller. */
const MOST_PACKED = 4;
const isZip = async (blob: Blob) =>
	['PK\x03\x04', 'PK\x05\x06'].includes(await blob.slice(0, 4).text());

/**
 * Reads the names, types and shapes of weights.
 * @throws WeightsError saying what is wrong, or what the file is instead
 */
export async function readWeights(blob: Blob): Promise<WeightsFile> {
	// First, because the length of a header may look like the beginning of a pickle.
	const tensors = await readSafetensors(blob);
	if (tensors?.size) return { format: 'safetensors', tensors, warnings: [], leftOut: [] };
	if (tensors) throw new WeightsError({ code: 'no-tensors', names: [] });
	const torch = (await isZip(blob)) ? await torchOfZip(blob) : await readTorchLegacy(blob);
	if (!torch) throw await otherFile(blob);
	return { format: 'pytorch', ...torch };
}

/** @throws WeightsError if the zip file is cut, damaged or not one of PyTorch */
async function torchOfZip(blob: Blob): Promise<TorchFile> {
	try {
		const files = await readZip(blob, MOST_FILES);
		const torch = await readTorchZip(files, 64e6 + MOST_PACKED * blob.size);
		if (!torch) throw otherZip(files);
		return torch;
	} catch (error) {
		if (!(error instanceof ZipError)) throw error;
		throw new WeightsError(
			// A zip file's directory is at its end.
			error.problem.code === 'zip-damaged'
				? { code: 'cut', expected: null, found: blob.size }
				: { code: 'damaged', detail: error.problem.code }
		);
	}
}
