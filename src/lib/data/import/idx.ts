/**
 * MNIST's format and the sets in it (Fashion-MNIST, EMNIST, KMNIST, QMNIST): images and labels in IDX files, for training
 * and for testing, with values of any type.
 */
import { readText } from '$lib/base/readText';
import { dense, Leavings, oneSize, UnreadableImage, type Found, type Scanned } from './found';
import { damaged, ImportError, type Warning } from './problem';
import { Extent, rangeOf } from './range';
import { IDX_TYPES, idxAxes } from './sniff';
import { partOfName, type Part } from './structure';
import { lastOfPath } from './entries';
import type { Raster } from './raster';

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
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const DIGITS = '0123456789';
const BALANCED = `${DIGITS}${LETTERS}abdefghnqrt`;

/** Names of classes by a word in the files' paths: what a label counts from, and its names. */
const NAMES: readonly (readonly [RegExp, first: number, names: ArrayLike<string>])[] = [
	[/fashion/i, 0, FASHION],
	[/emnist.*letters/i, 1, LETTERS],
	[/emnist.*(balanced|bymerge)/i, 0, BALANCED],
	[/emnist.*byclass/i, 0, `${DIGITS}${LETTERS}${LETTERS.toLowerCase()}`],
	[/kmnist/i, 0, 'おきすつなはまやれを']
];
/** QMNIST's labels: eight numbers, the first of which is the class (Yadav and Bottou 2019). */
const LONGEST_LABEL = 15;

interface IdxFile {
	readonly file: Scanned;
	readonly axes: readonly number[];
	readonly type: number;
	readonly part: Part | null;
	readonly isImages: boolean;
}
interface Pair {
	readonly part: Part | null;
	readonly images: IdxFile;
	readonly labels: IdxFile;
}

/** What a file's name says of its set: all but the words for its part, its contents and its type. */
function setOf(path: string): string {
	const word =
		/^(train|training|t10k|test|tst|val|valid|validation|images?|imgs?|labels?|data|targets?|idx\d?|u?byte|u?int\d*|float\d*|mapping|txt|gz|tar|tgz|zip|bin)$/i;
	const names = path.split('/').map((name) =>
		name
			.split(/[^\p{L}\p{N}]+/u)
			.filter((part) => part && !word.test(part))
			.join('-')
	);
	return names.filter((name) => name).join('/');
}

/** @param files that are IDX by their content, and texts beside them @param chosen the set among several */
export async function findIdx(
	files: readonly Scanned[],
	texts: readonly Scanned[],
	chosen: string | null
): Promise<Found> {
	const leavings = new Leavings();
	const read: IdxFile[] = [];
	for (const file of files.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
		// Kaggle's copy of MNIST has each file twice, under two names.
		const one = describe(file);
		const copied = read.some(
			(other) =>
				other.file.hash === file.hash &&
				other.part === one.part &&
				setOf(other.file.path) === setOf(file.path)
		);
		if (copied) leavings.add('copy', file.path);
		else read.push(one);
	}
	const groups = new Map<string, IdxFile[]>();
	for (const file of read) {
		const key = setOf(file.file.path);
		groups.set(key, [...(groups.get(key) ?? []), file]);
	}
	const sets = [...groups.keys()].sort();
	const paired = new Map(sets.map((set) => [set, pairs(groups.get(set) ?? [])]));
	const whole = sets.filter((set) => paired.get(set)?.length);
	const at = whole.find((set) => set === chosen) ?? whole[0];
	if (at === undefined) throw alone(read);
	const own = paired.get(at) ?? [];
	for (const { file } of read)
		if (!own.some(({ images, labels }) => images.file === file || labels.file === file))
			leavings.add(
				whole.includes(setOf(file.path)) && setOf(file.path) !== at ? 'other-set' : 'unlabelled',
				file.path
			);

	const blocks = await Promise.all(own.map(readPair));
	const [first] = blocks;
	for (const { pair, height, width, channels } of blocks)
		if (height !== first.height || width !== first.width || channels !== first.channels)
			throw damaged(
				pair.images.file.path,
				8,
				`images of ${first.height}×${first.width}`,
				`${height}×${width}`
			);
	const whole8 = blocks.every(({ pair }) => pair.images.type === 0x08);
	const extent = new Extent();
	const isWhole = blocks.every(({ pair }) => pair.images.type < 0x0d);
	if (!whole8)
		for (const block of blocks) for (let i = 0; i < block.count; i++) extent.add(block.values(i));
	const { range, warnings: ranges } = whole8
		? { range: [0, 255] as [number, number], warnings: [] }
		: rangeOf(extent, isWhole);

	const values = blocks.flatMap(({ labels }) => Array.from(labels));
	const path = own[0].images.file.path;
	const nameOf = (await mappingOf(texts, at)) ?? namesOf(path);
	const { classes, labels } = dense(values, nameOf);
	const starts = blocks.map((_, i) =>
		blocks.slice(0, i).reduce((sum, { count }) => sum + count, 0)
	);
	const count = values.length;
	const where = (image: number) => {
		let block = blocks.length - 1;
		while (starts[block] > image) block--;
		return { block: blocks[block], within: image - starts[block] };
	};
	const emnist = /emnist/i.test(path) && !/kmnist|qmnist/i.test(lastOfPath(path));
	const warnings: Warning[] = [...ranges];
	if (whole.length > 1)
		warnings.push({ code: 'several-sets', chosen: at, others: whole.filter((set) => set !== at) });
	if (emnist) warnings.push({ code: 'turned' });
	return {
		title: lastOfPath(at) || 'MNIST format',
		source: 'IDX files of this machine',
		labellings: [{ name: 'labels', classes, labels }],
		parts: blocks.flatMap(({ pair, count }) => Array.from({ length: count }, () => pair.part)),
		images: {
			count,
			nameOf: (image) => {
				const { block, within } = where(image);
				return `${block.pair.images.file.path}, image ${within}`;
			},
			raster: (image): Raster => {
				const { block, within } = where(image);
				const { height, width, channels } = block;
				const data = block.values(within);
				if (!isWhole && !Array.from(data).every(Number.isFinite))
					throw new UnreadableImage('a value that is no finite number');
				return { width, height, channels, data, range };
			}
		},
		keys: null,
		range,
		identity: own
			.flatMap(({ images, labels }) => [images.file, labels.file])
			.map(({ path, hash }) => `${path} ${hash}`),
		sizes: oneSize(first.width, first.height, count, first.channels === 1),
		sets: [at, ...whole.filter((set) => set !== at)],
		turn: emnist ? 'transpose' : 'none',
		leftOut: leavings.list,
		warnings
	};
}

function describe(file: Scanned): IdxFile {
	const head = file.idx ?? new Uint8Array(0);
	const axes = idxAxes(head) ?? [];
	const square =
		axes.length === 2 && axes[1] > LONGEST_LABEL && Number.isInteger(Math.sqrt(axes[1]));
	const { path } = file;
	const folders = path.split('/').slice(0, -1).reverse();
	const part = [lastOfPath(path), ...folders].map(partOfName).find((one) => one !== null) ?? null;
	return { file, axes, type: head[2], part, isImages: axes.length >= 3 || square };
}

/** Images with their labels: of one part, or of one count. */
function pairs(files: readonly IdxFile[]): Pair[] {
	const labels = files.filter(({ isImages }) => !isImages);
	return files
		.filter(({ isImages }) => isImages)
		.flatMap((images): Pair[] => {
			const samePart = labels.filter(({ part }) => part === images.part);
			const found =
				samePart.length === 1
					? samePart
					: samePart.filter(({ axes }) => axes[0] === images.axes[0]);
			return found.length === 1 ? [{ part: images.part, images, labels: found[0] }] : [];
		});
}

/** The error for files of which none has its other half. */
function alone(read: readonly IdxFile[]): ImportError {
	const { file, isImages, part } = read[0];
	const name = `${part === 'test' ? 't10k' : 'train'}-${isImages ? 'labels-idx1' : 'images-idx3'}-ubyte`;
	return damaged(file.path, null, `a file ${name} beside it`, 'none of this name');
}

interface Block {
	readonly pair: Pair;
	readonly count: number;
	readonly height: number;
	readonly width: number;
	readonly channels: 1 | 3;
	readonly labels: ArrayLike<number>;
	/** Values of an image, `[height, width, channels]`. */
	readonly values: (image: number) => ArrayLike<number>;
}

async function readPair(pair: Pair): Promise<Block> {
	const images = await contents(pair.images);
	const answers = await contents(pair.labels);
	const [count, ...shape] = pair.images.axes;
	const [labelCount, perLabel = 1] = pair.labels.axes;
	const { path } = pair.labels.file;
	if (labelCount !== count)
		throw damaged(path, 4, `${count} labels, as there are images`, `${labelCount}`);
	const labels = Float64Array.from({ length: count }, (_, i) => answers.at(i * perLabel));
	const wrong = labels.findIndex((label) => !Number.isInteger(label));
	if (wrong >= 0) throw damaged(path, null, `a whole number as label ${wrong}`, `${labels[wrong]}`);
	const side = Math.sqrt(shape[0]);
	const [height, width, last = 1] = shape.length === 1 ? [side, side] : shape;
	// Colours first, as in PyTorch, or last.
	const first = shape.length === 3 && height <= 3 && last > 3;
	const channels = first ? height : last;
	if (channels !== 1 && channels !== 3)
		throw damaged(pair.images.file.path, 4, '1 or 3 values for each pixel', `${channels}`);
	const size = shape.reduce((a, b) => a * b, 1);
	return {
		pair,
		count,
		height: first ? width : height,
		width: first ? last : width,
		channels,
		labels,
		values: (image) => {
			const start = image * size;
			if (images.bytes && !first) return images.bytes.subarray(start, start + size);
			const plane = size / channels;
			return Float64Array.from({ length: size }, (_, i) =>
				images.at(start + (first ? (i % channels) * plane + Math.floor(i / channels) : i))
			);
		}
	};
}

/** Reads numbers of a file by their place. @throws ImportError if the file is not as long as its header says */
async function contents({ file, axes, type }: IdxFile): Promise<{
	readonly at: (index: number) => number;
	/** The values themselves, where they are unsigned bytes. */
	readonly bytes: Uint8Array | null;
}> {
	const bytes = await file.bytes();
	const start = 4 + 4 * axes.length;
	const { bytes: size } = IDX_TYPES[type];
	const end = axes.reduce((a, b) => a * b, size) + start;
	if (bytes.length < end)
		throw damaged(
			file.path,
			bytes.length,
			`${end} bytes, as its header says`,
			'the end of the file'
		);
	if (bytes.length > end)
		throw damaged(file.path, end, 'the end of the file', 'more bytes than its header says');
	const view = new DataView(bytes.buffer, bytes.byteOffset + start);
	const read: Readonly<Record<number, (at: number) => number>> = {
		0x08: (at) => view.getUint8(at),
		0x09: (at) => view.getInt8(at),
		0x0b: (at) => view.getInt16(2 * at),
		0x0c: (at) => view.getInt32(4 * at),
		0x0d: (at) => view.getFloat32(4 * at),
		0x0e: (at) => view.getFloat64(8 * at)
	};
	return { at: read[type], bytes: type === 0x08 ? bytes.subarray(start) : null };
}

/** Names by EMNIST's table, whose lines are a label and the code of its letter, if one lies beside the set. */
async function mappingOf(
	texts: readonly Scanned[],
	set: string
): Promise<((label: number) => string) | null> {
	const file = texts.find(({ path }) => /mapping\.txt$/i.test(path) && setOf(path) === set);
	if (!file) return null;
	const lines = readText(await file.bytes())
		.text.split(/\r?\n/)
		.map((line) => line.trim().split(/\s+/).map(Number));
	const names = new Map(
		lines.flatMap(([label, ...codes]) =>
			codes[0] ? [[label, String.fromCharCode(codes[0])] as const] : []
		)
	);
	return (label) => names.get(label) ?? String(label);
}

function namesOf(path: string): (label: number) => string {
	const [, first, names] = NAMES.find(([word]) => word.test(path)) ?? [null, 0, []];
	return (label) => names[label - first] ?? String(label);
}
