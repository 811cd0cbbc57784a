/**
 * CIFAR-10 and CIFAR-100 (Krizhevsky 2009), the binary version and Python's: records of labels and three planes of 32×32
 * bytes. Pickles are read as data; nothing in them is run.
 */
import { NUMPY_GLOBALS, NumpyArray, numpyNumbers } from '$lib/base/numpyPickle';
import { PickleError, unpickle } from '$lib/base/pickle';
import { CIFAR_10, CIFAR_100, CIFAR_100_COARSE } from './cifarNames';
import { lastOfPath, type Entry } from './entries';
import { Leavings, oneSize, type Found, type Labelling, type Scanned } from './found';
import { damaged, ImportError } from './problem';
import { partOfName, type Part } from './structure';

const SIDE = 32;
const PLANE = SIDE * SIDE;
const PIXELS = 3 * PLANE;
const SOURCE = 'Alex Krizhevsky: Learning Multiple Layers of Features from Tiny Images (2009)';

/** The labels of a kind of record, the one that is usual first. */
interface Kind {
	readonly title: string;
	/** Their order in a binary record. */
	readonly labels: readonly {
		readonly name: string;
		readonly key: string;
		readonly classes: readonly string[];
	}[];
	/** Which of them is taken if nothing is chosen. */
	readonly usual: number;
}
const KINDS: readonly Kind[] = [
	{
		title: 'CIFAR-10',
		labels: [{ name: 'labels', key: 'labels', classes: CIFAR_10 }],
		usual: 0
	},
	{
		title: 'CIFAR-100',
		labels: [
			{ name: 'coarse', key: 'coarse_labels', classes: CIFAR_100_COARSE },
			{ name: 'fine', key: 'fine_labels', classes: CIFAR_100 }
		],
		usual: 1
	}
];

/** Images of a file, `[n, 3, 32, 32]`, with their labels by kind of label. */
interface Batch {
	readonly file: Scanned;
	readonly kind: Kind;
	readonly pixels: (image: number) => Uint8Array;
	readonly labels: readonly Uint8Array[];
}

/** Whether a file may be one of CIFAR's binary ones, by its length and name; its labels decide. */
export const mayBeCifar = ({ path, size }: Entry): boolean =>
	KINDS.some(({ labels }) => size % (PIXELS + labels.length) === 0) || isNamedBatch(path);

const isNamedBatch = (path: string) =>
	/^(data_batch_\d+|test_batch)\.bin$/.test(lastOfPath(path)) ||
	(/cifar/i.test(path) && /\.bin$/.test(path));

/** @returns null if none of the files holds such records @throws ImportError for a damaged one */
export async function findCifar(
	binary: readonly Scanned[],
	pickles: readonly Scanned[]
): Promise<Found | null> {
	const batches: Batch[] = [];
	for (const file of binary) {
		const batch = await binaryBatch(file);
		if (batch) batches.push(batch);
	}
	for (const file of pickles) {
		const batch = await pickledBatch(file);
		if (batch) batches.push(batch);
	}
	if (!batches.length) return null;
	// CIFAR-10 and -100 in one folder are two sets; the one with more images is taken.
	const counts = KINDS.map((kind) => count(batches.filter((batch) => batch.kind === kind)));
	const kind = KINDS[counts.indexOf(Math.max(...counts))];
	const own = batches
		.filter((batch) => batch.kind === kind)
		.sort((a, b) => (a.file.path < b.file.path ? -1 : 1));
	const leavings = new Leavings();
	for (const { file, kind: other, labels } of batches)
		if (other !== kind) leavings.add('other-set', file.path, labels[0].length);
	const total = count(own);
	const places = own.flatMap(({ labels }, block) =>
		Array.from(labels[0], (_, within) => ({ block, within }))
	);
	const labellings = kind.labels.map(({ name, classes }, which): Labelling => ({
		name,
		classes,
		labels: Int32Array.from(own.flatMap(({ labels }) => Array.from(labels[which])))
	}));
	const usual = labellings.splice(kind.usual, 1);
	return {
		title: kind.title,
		source: SOURCE,
		labellings: [usual[0], ...labellings],
		parts: own.flatMap(({ file, labels }) => Array.from(labels[0], () => partOf(file.path))),
		images: {
			count: total,
			nameOf: (image) => `${own[places[image].block].file.path}, image ${places[image].within}`,
			raster: (image) => {
				const planes = own[places[image].block].pixels(places[image].within);
				const data = new Uint8Array(PIXELS);
				for (let i = 0; i < PLANE; i++)
					for (let c = 0; c < 3; c++) data[3 * i + c] = planes[c * PLANE + i];
				return { width: SIDE, height: SIDE, channels: 3, data, range: [0, 255] };
			}
		},
		keys: null,
		range: [0, 255],
		identity: own.map(({ file: { path, hash } }) => `${path} ${hash}`),
		sizes: oneSize(SIDE, SIDE, total, false),
		sets: [kind.title],
		turn: 'none',
		leftOut: leavings.list,
		warnings: []
	};
}

const count = (batches: readonly Batch[]) =>
	batches.reduce((sum, { labels }) => sum + labels[0].length, 0);

/** Python's names have numbers behind a line, and no ending. */
const partOf = (path: string): Part | null =>
	/^data_batch/.test(lastOfPath(path)) ? 'train' : partOfName(lastOfPath(path));

async function binaryBatch(file: Scanned): Promise<Batch | null> {
	const bytes = await file.bytes();
	const { path } = file;
	const wrong = (kind: Kind) => {
		const record = PIXELS + kind.labels.length;
		for (let start = 0; start < bytes.length; start += record) {
			const at = kind.labels.findIndex(({ classes }, i) => bytes[start + i] >= classes.length);
			if (at >= 0) return { start: start + at, most: kind.labels[at].classes.length - 1 };
		}
		return null;
	};
	const fitting = KINDS.filter(
		({ labels }) => bytes.length && bytes.length % (PIXELS + labels.length) === 0
	);
	const kind = fitting.find((one) => !wrong(one));
	if (!kind) {
		if (!isNamedBatch(path)) return null;
		const meant = fitting[0] ?? KINDS[/cifar-?100|fine|coarse/i.test(path) ? 1 : 0];
		const found = wrong(meant);
		if (found)
			throw damaged(
				path,
				found.start,
				`a label from 0 to ${found.most}`,
				String(bytes[found.start])
			);
		const record = PIXELS + meant.labels.length;
		throw damaged(
			path,
			bytes.length,
			`whole records of ${record} bytes: ${meant.labels.length > 1 ? 'labels' : 'a label'} and 32×32×3 pixels`,
			'the end of the file'
		);
	}
	const own = kind.labels.length;
	const record = PIXELS + own;
	const images = bytes.length / record;
	return {
		file,
		kind,
		pixels: (image) => bytes.subarray(image * record + own, (image + 1) * record),
		labels: kind.labels.map((_, which) =>
			Uint8Array.from({ length: images }, (_, i) => bytes[i * record + which])
		)
	};
}

/** @returns null for the pickle of the classes' names @throws ImportError */
async function pickledBatch(file: Scanned): Promise<Batch | null> {
	const bytes = await file.bytes();
	const { path } = file;
	let value: unknown;
	try {
		value = unpickle(bytes, { globals: NUMPY_GLOBALS }).value;
	} catch (error) {
		if (!(error instanceof PickleError)) throw error;
		const { problem } = error;
		if (problem.code === 'pickle-global' && problem.global.startsWith('torch.'))
			throw new ImportError({ code: 'not-images', file: path, kind: 'weights' });
		const at = 'offset' in problem ? problem.offset : null;
		throw damaged(
			path,
			at,
			'a whole pickle of images, such as CIFAR’s data_batch_1',
			detail(error)
		);
	}
	const dict = value instanceof Map ? value : new Map<unknown, unknown>();
	const get = (key: string) => dict.get(key);
	const kind = KINDS.find(({ labels }) => labels.every(({ key }) => dict.has(key)));
	const data = get('data');
	if (!kind || !(data instanceof NumpyArray)) return null;
	const [images] = data.shape;
	if (data.type.kind !== 'u' || data.type.size !== 1 || data.bytes.length !== images * PIXELS)
		throw damaged(
			path,
			null,
			'an array of bytes [n, 3072] as data',
			`${data.type.kind}${data.type.size} [${data.shape.join(', ')}]`
		);
	const labels = kind.labels.map(({ key, classes }) => {
		const given = get(key);
		const array = given instanceof NumpyArray ? Array.from(numpyNumbers(given)) : given;
		const list = Array.isArray(array) ? (array as unknown[]) : [];
		const bad = list.findIndex(
			(label) =>
				!Number.isInteger(label) || (label as number) < 0 || (label as number) >= classes.length
		);
		if (list.length !== images)
			throw damaged(path, null, `${images} numbers as ${key}`, String(list.length));
		if (bad >= 0)
			throw damaged(path, null, `a label from 0 to ${classes.length - 1}`, String(list[bad]));
		return Uint8Array.from(list as number[]);
	});
	const step = data.fortran ? images : 1;
	return {
		file,
		kind,
		pixels: (image) =>
			data.fortran
				? Uint8Array.from({ length: PIXELS }, (_, i) => data.bytes[i * step + image])
				: data.bytes.subarray(image * PIXELS, (image + 1) * PIXELS),
		labels
	};
}

/** What stopped the reading of a pickle, in English. */
function detail({ problem }: PickleError): string {
	switch (problem.code) {
		case 'pickle-cut':
			return 'the end of the file';
		case 'pickle-global':
			return `a pickle that would run ${problem.global}`;
		case 'pickle-large':
			return 'too many values';
		case 'pickle-damaged':
			return problem.found;
	}
}
