/**
 * Folders of pictures: each folder of a level is a class; folders such as `train` and `test` are parts. Where pictures lie
 * in no folder of a class, a table of labels beside them says it, or their names do (`cat.12.jpg`).
 */
import { readText } from '$lib/base/readText';
import { CLASS_LIMITS } from './arrange';
import { decodePicture, MOST_PIXELS, type Decoders, type PictureHead } from './decode';
import { lastOfPath } from './entries';
import {
	Leavings,
	UnreadableImage,
	type Found,
	type Labelling,
	type Scanned,
	type Sizes
} from './found';
import { ImportError, type Warning } from './problem';
import { Extent, rangeOf } from './range';
import type { Raster } from './raster';
import { isPicture } from './sniff';
import { partOfName, placeAll, sameName, stemOfName, type Part } from './structure';
import { keyOfFile, readLabelTable } from './tables';

/** A picture that is whole as far as its header tells. */
interface Picture {
	readonly file: Scanned;
	readonly head: PictureHead;
	/** Names of the folders that may be its class, the outermost first; else one name from a table or its file's name. */
	levels: readonly string[];
	part: Part | null;
}

/** Longer tables are not read, in bytes. */
const LONGEST_TABLE = 64e6;
/** Contests show with such a table how to hand in answers: its labels are made up. */
const GUESSES = /submission/i;
/** Share of the pictures that must have a name with a class in it, where names are all there is. */
const MOST_NAMED = 0.9;

/**
 * @param files pictures by their content
 * @param texts texts beside them, which may be tables of labels
 * @throws ImportError if no class can be told
 */
export async function findPictures(
	files: readonly Scanned[],
	texts: readonly Scanned[],
	decoders: Decoders
): Promise<Found> {
	const leavings = new Leavings();
	const pictures: Picture[] = [];
	for (const file of files.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
		const { head, path } = file;
		if (!head || 'fault' in head) leavings.add('unreadable', `${path}: ${head?.fault}`);
		else if (head.width * head.height > MOST_PIXELS)
			leavings.add('too-large', `${path}: ${head.width}×${head.height} pixels`);
		else pictures.push({ file, head, levels: [], part: null });
	}
	const found = pictures.splice(0);
	placeAll(found.map(({ file }) => file.path)).forEach(({ levels, part, beside }, i) => {
		if (beside) leavings.add('beside', found[i].file.path);
		else pictures.push({ ...found[i], levels, part });
	});
	const warnings: Warning[] = [];
	if (pictures.some(({ levels }) => !levels.length)) await readTables(pictures, texts, warnings);
	if (pictures.length && pictures.every(({ levels }) => !levels.length))
		readNames(pictures, warnings);
	const labellings = labellingsOf(pictures);
	if (!labellings) throw new ImportError(refusal(pictures, leavings));
	const { range, deep } = await measure(pictures, decoders, warnings);
	const title = titleOf(pictures);
	return {
		title,
		source: 'pictures of this machine',
		labellings,
		parts: pictures.map(({ part }) => part),
		images: {
			count: pictures.length,
			nameOf: (image) => pictures[image].file.path,
			async raster(image) {
				const raster = await decoded(pictures[image], decoders);
				return deep.has(image) ? { ...raster, range } : raster;
			}
		},
		keys: pictures.map(({ file }) => file.hash),
		range,
		identity: pictures.map(({ file }) => `${file.path.normalize('NFC')} ${file.hash}`),
		sizes: sizesOf(pictures),
		sets: [title],
		turn: 'none',
		leftOut: leavings.list,
		warnings
	};
}

/** Takes the classes of pictures in no folder of a class from tables of labels. */
async function readTables(
	pictures: readonly Picture[],
	texts: readonly Scanned[],
	warnings: Warning[]
): Promise<void> {
	for (const { path, size, bytes } of texts) {
		if (size > LONGEST_TABLE || GUESSES.test(lastOfPath(path))) continue;
		const folder = path.slice(0, path.length - lastOfPath(path).length);
		const part = partOfName(lastOfPath(path));
		const meant = pictures.filter(
			(picture) =>
				!picture.levels.length &&
				picture.file.path.startsWith(folder) &&
				(!part || !picture.part || picture.part === part)
		);
		if (!meant.length) continue;
		const { text } = readText(await bytes());
		const labels = readLabelTable(text, new Set(meant.map(({ file }) => keyOfFile(file.path))));
		if (!labels) continue;
		let images = 0;
		for (const picture of meant) {
			const label = labels.get(keyOfFile(picture.file.path));
			if (label === undefined) continue;
			picture.levels = [label];
			picture.part ??= part;
			images++;
		}
		if (images) warnings.push({ code: 'labels-from-table', table: path, images });
	}
}

/** Takes classes from the names of files, where nearly all have one and there are several. */
function readNames(pictures: readonly Picture[], warnings: Warning[]): void {
	const stems = pictures.map(({ file }) => stemOfName(file.path));
	const counts = new Map<string, number>();
	for (const stem of stems)
		if (stem) counts.set(sameName(stem), (counts.get(sameName(stem)) ?? 0) + 1);
	const named = stems.filter((stem) => stem && (counts.get(sameName(stem)) ?? 0) > 1).length;
	if (counts.size < 2 || named < MOST_NAMED * pictures.length) return;
	stems.forEach((stem, i) => {
		if (stem) pictures[i].levels = [stem];
	});
	const example = pictures.findIndex((_, i) => stems[i]);
	warnings.push({
		code: 'classes-from-names',
		example: lastOfPath(pictures[example].file.path),
		name: stems[example] ?? ''
	});
}

/** A labelling for each level of folders that tells classes apart; null if there is none. */
function labellingsOf(pictures: readonly Picture[]): Found['labellings'] | null {
	const deepest = pictures.reduce((most, { levels }) => Math.max(most, levels.length), 0);
	const labellings: Labelling[] = [];
	for (let level = 0; level < deepest; level++) {
		const names = pictures.map(({ levels }) => levels[Math.min(level, levels.length - 1)] ?? null);
		const spelled = new Map<string, string>();
		for (const name of names.filter((one) => one !== null).sort())
			if (!spelled.has(sameName(name))) spelled.set(sameName(name), name);
		const classes = [...spelled.values()];
		const place = new Map([...spelled.keys()].map((key, at) => [key, at]));
		const labels = Int32Array.from(names, (name) =>
			name === null ? -1 : (place.get(sameName(name)) ?? -1)
		);
		const before = labellings.at(-1);
		const same = before && labels.every((label, i) => label === before.labels[i]);
		if (classes.length >= 2 && !same)
			labellings.push({ name: `folders-${level + 1}`, classes, labels });
	}
	const [first, ...others] = labellings;
	return first ? [first, ...others] : null;
}

function refusal(pictures: readonly Picture[], leavings: Leavings): ImportError['problem'] {
	const bad = leavings.count('unreadable');
	if (!pictures.length)
		return { code: 'too-many-bad', bad, images: bad, examples: leavings.list[0]?.examples ?? [] };
	const names = new Set(pictures.flatMap(({ levels }) => levels));
	if (names.size === 1)
		return { code: 'class-count', count: 1, ...CLASS_LIMITS, examples: [...names] };
	return { code: 'no-classes', example: pictures[0].file.path };
}

/**
 * Finds the range of pictures with more than 8 bits, and warns of transparent ones.
 * @returns the range, and the numbers of the pictures that it is for
 */
async function measure(
	pictures: readonly Picture[],
	decoders: Decoders,
	warnings: Warning[]
): Promise<{ readonly range: Raster['range']; readonly deep: ReadonlySet<number> }> {
	const deep = new Set<number>();
	const extent = new Extent();
	let transparent = 0;
	for (const [i, picture] of pictures.entries()) {
		const { head } = picture;
		if (!head.deep && !head.alpha) continue;
		const raster = await decoded(picture, decoders).catch(() => null);
		if (!raster) continue;
		const { channels, data, range } = raster;
		if (head.deep) {
			deep.add(i);
			extent.add(channels % 2 ? data : Array.from(data).filter((_, at) => (at + 1) % channels));
		}
		if (channels % 2 === 0)
			for (let at = channels - 1; at < data.length; at += channels)
				if (data[at] < range[1]) {
					transparent++;
					break;
				}
	}
	if (transparent) warnings.push({ code: 'transparent', images: transparent });
	const animated = pictures.filter(({ head }) => head.animated).length;
	if (animated) warnings.push({ code: 'animated', images: animated });
	const found = rangeOf(extent, true, 65535);
	if (deep.size) warnings.push(...found.warnings);
	return { range: found.range, deep };
}

/** @throws UnreadableImage */
async function decoded({ file }: Picture, decoders: Decoders): Promise<Raster> {
	try {
		if (!isPicture(file.kind)) throw new Error(file.kind);
		const bytes = await file.bytes();
		return await decodePicture(bytes, file.kind, decoders);
	} catch (error) {
		throw new UnreadableImage(error instanceof Error ? error.message : String(error), {
			cause: error
		});
	}
}

function sizesOf(pictures: readonly Picture[]): Sizes {
	const edges = pictures.map(({ head }) => Math.min(head.width, head.height)).sort((a, b) => a - b);
	const longest = pictures.reduce((most, { head }) => Math.max(most, head.width, head.height), 0);
	return {
		least: edges[0],
		greatest: longest,
		usual: edges[edges.length >> 1],
		oblong: pictures.filter(({ head }) => head.width !== head.height).length,
		grey: pictures.every(({ head }) => head.grey)
	};
}

/** The name of the outermost folder, if all pictures lie in one. */
function titleOf(pictures: readonly Picture[]): string {
	const first = new Set(pictures.map(({ file }) => file.path.split('/')[0]));
	const [name] = first;
	return first.size === 1 && pictures[0].file.path.includes('/') ? name : 'Own pictures';
}
