/**
 * Imports users' images in three steps: `look` tells what the files are, by their content; `show` says what would be
 * kept, and lets the user choose; `keep` writes it as a pack like those that come with the app.
 */
import { csvFormatRows } from 'd3';
import { hashOf } from '$lib/base/hashBytes';
import { arrange, type Arrangement, type Card } from './arrange';
import type { Choices } from './choices';
import { findCifar, mayBeCifar } from './cifar';
import { pictureHead, type Decoders } from './decode';
import { lastOfPath, openAll, type Brought, type Entry } from './entries';
import { Leavings, UnreadableImage, type Found, type Scanned } from './found';
import { findIdx } from './idx';
import type { ImageSet, ImportProgress, ShownSet } from './imageSet';
import { findPictures } from './pictures';
import { ImportError, NOT_IMAGES, type ImportRefusal, type LeftOutReason } from './problem';
import { toImage } from './raster';
import { findSaved, MADE_FROM } from './saved';
import { HEAD_BYTES, isPicture, PICTURE_NAME, type FileKind } from './sniff';
import { PackWriter, SAMPLES, type WrittenPack } from './writer';

export type { Card } from './arrange';
export { NO_CHOICES, type Choices } from './choices';
export type { Brought } from './entries';
export { ImportError, type ImportRefusal, type LeftOut, type Warning } from './problem';
export type { ImageSet, ImportProgress, ShownSet } from './imageSet';
export type { WrittenPack } from './writer';

/** Pictures with a larger file are left out, in bytes. */
const LARGEST_PICTURE = 64e6;
/** Larger files of many images cannot be held in memory, in bytes. */
const LARGEST_FILE = 1e9;
/** More damaged pictures than this, and than this share of all, and nothing is kept. */
const MOST_BAD = { count: 3, share: 0.05 } as const;

/** Kinds of files that are no images, and under which reason they are left out. */
const REASONS: { readonly [K in FileKind]?: LeftOutReason } = {
	heic: 'unsupported',
	tiff: 'unsupported',
	jxl: 'unsupported',
	jp2: 'unsupported',
	pnm: 'unsupported',
	psd: 'unsupported',
	ico: 'unsupported',
	tga: 'unsupported',
	svg: 'unsupported',
	'raw-photo': 'unsupported',
	empty: 'empty',
	zip: 'archive',
	gzip: 'archive',
	tar: 'archive',
	bzip2: 'archive',
	xz: 'archive',
	zstd: 'archive',
	'rar-or-7z': 'archive'
};

/** A set among files that were looked at. */
class FoundSet implements ImageSet {
	#set: { readonly chosen: string | null; readonly found: Found } | null = null;

	constructor(
		private readonly files: readonly Scanned[],
		private readonly leavings: Leavings,
		private readonly failed: readonly ImportError[],
		private readonly decoders: Decoders
	) {}

	async show(choices: Choices): Promise<ShownSet> {
		const { found, arrangement } = await this.#arrange(choices);
		const { order, splits, card } = arrangement;
		const chosen = order.filter((image) => splits[image] === 'train').slice(0, SAMPLES);
		const { side, channels } = card.image;
		const samples = new Uint8Array(chosen.length * side * side * channels);
		for (const [i, image] of chosen.entries())
			try {
				const options = { ...card.image, turn: 'none' as const };
				const raster = await found.images.raster(image);
				samples.set(toImage(raster, options), i * side * side * channels);
			} catch (error) {
				if (!(error instanceof UnreadableImage)) throw error;
			}
		return { card, samples };
	}

	async #arrange(choices: Choices): Promise<{ found: Found; arrangement: Arrangement }> {
		const found = await this.#find(choices.set);
		const arrangement = arrange(found, choices);
		refuseBad(arrangement.card.leftOut, arrangement.order.length);
		return { found, arrangement };
	}

	/** Pictures that turn out to be damaged are left out. */
	async keep(
		choices: Choices,
		put: (file: string, bytes: Uint8Array) => Promise<void>,
		onProgress: (progress: ImportProgress) => void
	): Promise<{ readonly pack: WrittenPack; readonly card: Card }> {
		const { found, arrangement } = await this.#arrange(choices);
		const { images, keys } = found;
		const { order, labels, splits, card } = arrangement;
		const writer = new PackWriter(put);
		const { side, channels } = card.image;
		writer.begin(
			[side, side, channels],
			card.classes.map(({ name }) => name)
		);
		const left = new Leavings(card.leftOut);
		const lost = { train: card.classes.map(() => 0), test: card.classes.map(() => 0) };
		/** The pictures in the order in which they are written. */
		const table = [['part', 'class', 'file']];
		let done = 0;
		for (const image of order) {
			const split = splits[image] ?? 'train';
			try {
				const raster = await images.raster(image);
				await writer.add(split, toImage(raster, card.image), labels[image]);
				table.push([split, card.classes[labels[image]].name, images.nameOf(image)]);
			} catch (error) {
				if (!(error instanceof UnreadableImage)) throw error;
				left.add('unreadable', `${images.nameOf(image)}: ${error.message}`);
				lost[split][labels[image]]++;
			}
			onProgress({ step: 'keep', done: ++done, total: order.length });
		}
		refuseBad(left.list, order.length);
		const classes = card.classes.map(({ name, train, test }, i) => ({
			name,
			train: train - lost.train[i],
			test: test - lost.test[i]
		}));
		const pack = await writer.finish(card.id, card.title, card.source);
		// Files that hold many images have no name for each.
		if (keys) {
			const made = { ...card.image, range: found.range };
			await put(MADE_FROM.table, new TextEncoder().encode(csvFormatRows(table)));
			await put(MADE_FROM.options, new TextEncoder().encode(JSON.stringify(made)));
		}
		return { pack, card: { ...card, classes, leftOut: left.list } };
	}

	async #find(chosen: string | null): Promise<Found> {
		if (this.#set?.chosen !== chosen || !this.#set) {
			const found = await this.#read(chosen);
			this.#set = { chosen, found };
		}
		return this.#set.found;
	}

	/** Takes the kind of files that most images are of; the others are left out. */
	async #read(chosen: string | null): Promise<Found> {
		const of = (test: (file: Scanned) => boolean) => this.files.filter(test);
		const pictures = of(({ kind }) => isPicture(kind));
		const idx = of(({ kind }) => kind === 'idx');
		const texts = of(({ kind }) => kind === 'text');
		const pickles = of(({ kind }) => kind === 'pickle');
		const binary = of((file) => file.kind === 'unknown' && mayBeCifar(file));
		const leavings = new Leavings(this.leavings.list);
		const leave = (files: readonly Scanned[], reason: LeftOutReason) => {
			for (const { path } of files) leavings.add(reason, path);
		};
		const whole = pictures.filter(({ head }) => head && !('fault' in head)).length;
		let found: Found | null = null;
		if (idx.length && whole <= idx.length) {
			found = await findIdx(idx, texts, chosen);
			leave([...pictures, ...pickles, ...binary], 'other-set');
		}
		if (!found && whole <= 100 * (binary.length + pickles.length)) {
			found = await findCifar(binary, pickles);
			if (found) leave([...pictures, ...idx], 'other-set');
		}
		if (!found && pictures.length) {
			found = await findPictures(pictures, texts, this.decoders);
			leave([...idx, ...binary, ...pickles], 'other');
		}
		if (!found) throw this.failed[0] ?? new ImportError(this.#refusal());
		const used = new Set(
			found.warnings.flatMap((one) => (one.code === 'labels-from-table' ? [one.table] : []))
		);
		const known = new Set([...pictures, ...idx, ...pickles, ...binary]);
		for (const file of this.files)
			if (!known.has(file) && !used.has(file.path)) {
				const pretends = PICTURE_NAME.test(file.path) && !REASONS[file.kind];
				if (pretends) leavings.add('unreadable', `${file.path}: ${file.kind}`);
				else leavings.add(REASONS[file.kind] ?? 'other', file.path);
			}
		for (const { problem } of this.failed)
			leavings.add('archive', 'file' in problem ? problem.file : '');
		return { ...found, leftOut: new Leavings([...leavings.list, ...found.leftOut]).list };
	}

	/** Why none of the files is read: what the first of them is, or the kinds of all. */
	#refusal(): ImportRefusal {
		const told = this.files.find(({ kind }) => NOT_IMAGES[kind]);
		const kind = told && NOT_IMAGES[told.kind];
		if (told && kind) return { code: 'not-images', file: told.path, kind };
		const empty = this.files.find(({ kind }) => kind === 'empty');
		if (empty && this.files.every(({ kind }) => kind === 'empty'))
			return { code: 'not-images', file: empty.path, kind: 'empty' };
		if (!this.files.length) return { code: 'nothing' };
		return { code: 'no-images', found: this.files.slice(0, 5).map(({ path }) => path) };
	}
}

function refuseBad(leftOut: Card['leftOut'], kept: number): void {
	const bad = leftOut.find(({ reason }) => reason === 'unreadable');
	if (!bad || bad.count <= MOST_BAD.count || bad.count <= MOST_BAD.share * (kept + bad.count))
		return;
	const { count, examples } = bad;
	throw new ImportError({ code: 'too-many-bad', bad: count, images: kept + count, examples });
}

/** Tells what the files are, without keeping anything. @throws ImportError if they are too large */
export async function look(
	files: readonly Brought[],
	decoders: Decoders,
	onProgress: (progress: ImportProgress) => void
): Promise<ImageSet> {
	const total = files.reduce((sum, { blob }) => sum + blob.size, 0);
	let done = 0;
	const onBytes = (count: number) => {
		done += count;
		onProgress({ step: 'look', done: Math.min(done, total), total });
	};
	const { entries, hidden, failed } = await openAll(files, scan, onBytes);
	const saved = await findSaved(entries);
	if (saved) return saved;
	const leavings = new Leavings();
	for (const path of hidden) leavings.add('hidden', path);
	// Archives beside the images of a set are copies of it more often than parts.
	const loose = entries.some(
		({ archived, kind }) => !archived && (isPicture(kind) || kind === 'idx')
	);
	const own = entries.filter(({ archived, kind, path, size }) => {
		const copied = loose && archived;
		const large = isPicture(kind) && size > LARGEST_PICTURE;
		if (copied || large) leavings.add(copied ? 'archive' : 'too-large', path);
		return !copied && !large;
	});
	return new FoundSet(own, leavings, failed, decoders);
}

/** Files of other kinds are told by their first bytes and need no hash. */
const READ: readonly FileKind[] = ['idx', 'pickle', 'unknown', 'text'];

async function scan(entry: Entry, read: Entry['bytes']): Promise<Scanned> {
	const { kind, path, size } = entry;
	const needed = isPicture(kind)
		? size <= LARGEST_PICTURE
		: READ.includes(kind) && (kind !== 'unknown' || mayBeCifar(entry));
	if (!needed) return { ...entry, hash: '' };
	if (size > LARGEST_FILE)
		throw new ImportError({
			code: 'too-big',
			file: lastOfPath(path),
			bytes: size,
			most: LARGEST_FILE
		});
	const bytes = await read();
	const hash = hashOf(bytes);
	if (kind === 'idx') return { ...entry, hash, idx: bytes.slice(0, HEAD_BYTES) };
	if (!isPicture(kind)) return { ...entry, hash };
	try {
		return { ...entry, hash, head: pictureHead(bytes, kind) };
	} catch (error) {
		return { ...entry, hash, head: { fault: (error as Error).message } };
	}
}
