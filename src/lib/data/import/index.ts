/**
 * Imports users' data sets: CIFAR-10's archive, IDX files, folders of pictures. Reads them as streams, checks them, and
 * writes packs like those that come with the app.
 */
import { ImportError, type Brought } from './bytes';
import { cifar } from './cifar';
import { folder } from './folder';
import type { Format, PictureOptions } from './format';
import { idx } from './idx';
import { PackWriter, type WrittenPack } from './writer';

export { ImportError, type Brought } from './bytes';
export type { PictureOptions } from './format';
export type { WrittenPack } from './writer';

const FORMATS: readonly Format[] = [cifar, idx, folder];
const EXPECTED =
	'cifar-10-binary.tar.gz, IDX files of images and labels, or a folder of pictures by class';

export interface ImportProgress {
	/** Bytes read so far, and in total. */
	readonly bytes: number;
	readonly total: number;
	readonly images: number;
}

/**
 * @param put stores a file of the pack; calls do not overlap
 * @throws ImportError naming file and byte; files stored so far are then useless
 */
export async function importImages(
	files: readonly Brought[],
	pictures: PictureOptions,
	put: (file: string, bytes: Uint8Array) => Promise<void>,
	onProgress: (progress: ImportProgress) => void
): Promise<WrittenPack> {
	const paths = files.map(({ path }) => path);
	const format = FORMATS.find(({ takes }) => takes(paths));
	if (!format)
		throw new ImportError(
			paths[0] ?? 'files',
			null,
			EXPECTED,
			paths.slice(0, 3).join(', ') || 'none'
		);
	const total = files.reduce((sum, { blob }) => sum + blob.size, 0);
	let bytes = 0;
	let images = 0;
	const writer = new PackWriter(put, (count) => {
		images = count;
		onProgress({ bytes, total, images });
	});
	await format.read(
		files,
		writer,
		(count) => {
			bytes += count;
			onProgress({ bytes, total, images });
		},
		pictures
	);
	return writer.finish(format.title, format.source);
}
