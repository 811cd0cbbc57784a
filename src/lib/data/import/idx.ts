/** MNIST and sets in its format: images and labels in IDX files, for training and for testing, gzipped or not. */
import type { Split } from '../manifest';
import { ByteReader, lastOfPath, ImportError, unpacked, type Brought } from './bytes';
import type { Format } from './format';

const NAME = /(train|t10k|test).*(images|labels)|(images|labels).*(train|t10k|test)/i;
const CLASSES = 10;
const FASHION = [
	'T-shirt/top',
	'Trouser',
	'Pullover',
	'Dress',
	'Coat',
	'Sandal',
	'Shirt',
	'Sneaker',
	'Bag',
	'Ankle boot'
];
const MAGIC = { images: 0x0803, labels: 0x0801 } as const;

export const idx: Format = {
	takes: (paths) => paths.some((path) => NAME.test(lastOfPath(path))),
	title: 'MNIST format',
	source: 'IDX files of this machine',
	async read(files, writer, onBytes) {
		const find = (split: Split, part: keyof typeof MAGIC): Brought => {
			const found = files.find(({ path }) => {
				const name = lastOfPath(path).toLowerCase();
				const isTest = /t10k|test/.test(name);
				return NAME.test(name) && name.includes(part) && isTest === (split === 'test');
			});
			if (found) return found;
			const name = `${split === 'test' ? 't10k' : 'train'}-${part}-idx${part === 'images' ? 3 : 1}-ubyte`;
			throw new ImportError(files[0].path, null, `a file ${name} beside it`, 'none of this name');
		};
		const splits = (['train', 'test'] as const).map((split) => ({
			split,
			images: find(split, 'images'),
			labels: find(split, 'labels')
		}));
		const classes = files.some(({ path }) => /fashion/i.test(path))
			? FASHION
			: Array.from({ length: CLASSES }, (_, i) => String(i));
		let side: number | null = null;
		for (const { split, images, labels } of splits) {
			const pixels = new ByteReader(images.path, await unpacked(images, onBytes));
			const answers = new ByteReader(labels.path, await unpacked(labels, onBytes));
			const [count, height, width] = await header(pixels, 'images', 3);
			const [labelCount] = await header(answers, 'labels', 1);
			if (labelCount !== count)
				throw answers.refusal(4, `${count} labels, as there are images`, `${labelCount}`);
			const size = `${height}×${width}`;
			// An odd side cannot be halved.
			if (height !== width || height % 2 || height < 4 || height > 256)
				throw pixels.refusal(8, 'square images with an even side of 4 to 256 pixels', size);
			if (side !== null && side !== height)
				throw pixels.refusal(8, `images of ${side}×${side}`, size);
			if (side === null) writer.begin([height, width, 1], classes);
			side = height;
			for (let i = 0; i < count; i++) {
				const image = await pixels.must(height * width, `image ${i} of ${count}`);
				const [label] = await answers.must(1, `label ${i} of ${count}`);
				if (label >= CLASSES)
					throw answers.refusal(answers.offset - 1, 'a label from 0 to 9', `${label}`);
				await writer.add(split, image.slice(), label);
			}
			for (const reader of [pixels, answers])
				if (await reader.take(1, 'what follows'))
					throw reader.refusal(
						reader.offset - 1,
						'the end of the file',
						'more bytes than its header says'
					);
		}
	}
};

/** Checks the magic number and returns the lengths of the axes. */
async function header(
	reader: ByteReader,
	part: keyof typeof MAGIC,
	axes: number
): Promise<number[]> {
	const bytes = await reader.must(4 + 4 * axes, 'the header');
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const magic = view.getUint32(0);
	const hex = (number: number) => `0x${number.toString(16).padStart(8, '0')}`;
	if (magic !== MAGIC[part])
		throw reader.refusal(0, `the magic number ${hex(MAGIC[part])} of ${part}`, hex(magic));
	return Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
}
