/**
 * The binary version of CIFAR-10 (Krizhevsky 2009), as an archive or as loose files: records of a label and three planes
 * of 32×32 bytes, in `data_batch_1.bin` to `data_batch_5.bin` and `test_batch.bin`.
 */
import { createTarDecoder } from 'modern-tar';
import { ByteReader, lastOfPath, ImportError, unpacked, type Brought } from './bytes';
import type { Format } from './format';

const SIDE = 32;
const PIXELS = SIDE * SIDE;
const RECORD = 1 + 3 * PIXELS;
const CLASSES = [
	'airplane',
	'automobile',
	'bird',
	'cat',
	'deer',
	'dog',
	'frog',
	'horse',
	'ship',
	'truck'
];
const BATCH = /^(data_batch_\d+|test_batch)\.bin$/;
const ARCHIVE = /\.(tar\.gz|tgz|tar)$/i;

export const cifar: Format = {
	takes: (paths) => paths.some((path) => BATCH.test(lastOfPath(path)) || ARCHIVE.test(path)),
	title: 'CIFAR-10',
	source: 'Alex Krizhevsky: Learning Multiple Layers of Features from Tiny Images (2009)',
	async read(files, writer, onBytes) {
		writer.begin([SIDE, SIDE, 3], CLASSES, {
			// The usual values for this set; measured ones agree to four digits.
			mean: [0.4914, 0.4822, 0.4465],
			std: [0.247, 0.2435, 0.2616]
		});
		const seen: string[] = [];
		const batch = async (path: string, stream: ReadableStream<Uint8Array>) => {
			const name = lastOfPath(path);
			const split = name.startsWith('test') ? 'test' : 'train';
			const reader = new ByteReader(path, stream);
			seen.push(split);
			for (;;) {
				const start = reader.offset;
				const record = await reader.take(RECORD, 'a record of a label and 32×32×3 pixels');
				if (!record) break;
				if (record[0] >= CLASSES.length)
					throw new ImportError(path, start, 'a label from 0 to 9', String(record[0]));
				const pixels = new Uint8Array(3 * PIXELS);
				for (let i = 0; i < PIXELS; i++)
					for (let c = 0; c < 3; c++) pixels[i * 3 + c] = record[1 + c * PIXELS + i];
				await writer.add(split, pixels, record[0]);
			}
		};
		for (const file of files) {
			if (BATCH.test(lastOfPath(file.path))) await batch(file.path, await unpacked(file, onBytes));
			else if (ARCHIVE.test(file.path)) await readArchive(file, onBytes, batch);
		}
		for (const [split, name] of [
			['train', 'data_batch_1.bin'],
			['test', 'test_batch.bin']
		])
			if (!seen.includes(split))
				throw new ImportError(files[0].path, null, `a file ${name}`, 'none of this name');
	}
};

async function readArchive(
	file: Brought,
	onBytes: (count: number) => void,
	batch: (path: string, stream: ReadableStream<Uint8Array>) => Promise<void>
): Promise<void> {
	let read = 0;
	const bytes = await unpacked(file, (count) => {
		read += count;
		onBytes(count);
	});
	try {
		const entries = bytes.pipeThrough(createTarDecoder({ strict: true }));
		for await (const { header, body } of entries as unknown as AsyncIterable<TarEntry>)
			if (BATCH.test(lastOfPath(header.name))) await batch(`${file.path}/${header.name}`, body);
			// Reads to the end, because cancelling a body can leave the decoder waiting (modern-tar 0.8.6).
			else await body.pipeTo(new WritableStream());
	} catch (error) {
		if (error instanceof ImportError) throw error;
		throw new ImportError(
			file.path,
			read,
			'a whole tar archive',
			`a damaged or cut one (${(error as Error).message})`
		);
	}
}

interface TarEntry {
	readonly header: { readonly name: string };
	readonly body: ReadableStream<Uint8Array>;
}
