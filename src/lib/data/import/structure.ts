/**
 * Reads from paths what the folders of a set of pictures mean: which name a class, which a part (train, test), and which
 * only hold pictures.
 */
import type { Split } from '../manifest';

export type Part = Split | 'validation';

/** Words in folders' names for the parts of a set, in lower case. */
const PARTS: Readonly<Record<string, Part>> = {
	train: 'train',
	training: 'train',
	trn: 'train',
	test: 'test',
	testing: 'test',
	tst: 'test',
	val: 'validation',
	valid: 'validation',
	validation: 'validation',
	dev: 'validation',
	eval: 'validation',
	训练: 'train',
	测试: 'test',
	验证: 'validation'
};
/** What may follow the word: `train_set`, `test1`, `val2017`, `train images`. */
const AFTER_PART = /[\s_-]*(\d{1,4}|set|data|split|part|images?|imgs?|pictures|集|数据)$/;

function partOfFolder(name: string): Part | null {
	const key = sameName(name);
	return PARTS[key] ?? PARTS[key.replace(AFTER_PART, '')] ?? null;
}

/** Folders that hold pictures and say nothing else; only where they stand alone. */
const HOLDERS = /^(images?|imgs?|pics?|pictures?|photos?|jpe?gimages|jpe?gs?|pngs?|图片|图像)$/i;

/** Names by which files and folders are hidden, or belong to an operating system or an archiver. */
const HIDDEN =
	/^(\.|~\$|__MACOSX$|@eaDir$|\$RECYCLE\.BIN$|System Volume Information$|Thumbs\.db$|ehthumbs|desktop\.ini$|Icon\r?$|lost\+found$|\.thumbnails$|_thumbs?$|thumbnails?$)/i;

/** Endings of archives, whose names stand among the folders. */
const ARCHIVE = /\.(zip|tgz|tar(\.\w+)?|gz)$/i;

/** Whether a path is hidden, at any level. */
export const isHidden = (path: string): boolean =>
	path.split('/').some((name) => HIDDEN.test(name));

/** A name by which two are compared: Unicode's composed form, in lower case, without blanks around. */
export const sameName = (name: string): string => name.normalize('NFC').trim().toLowerCase();

export interface Placed {
	/** Names of the folders that may be classes, the outermost first. */
	readonly levels: readonly string[];
	/** The part that its folders name, or null. */
	readonly part: Part | null;
}

interface Folder {
	readonly folders: Map<string, Folder>;
	/** Whether pictures lie in it directly. */
	holds: boolean;
}

/**
 * Tells classes and parts from paths. A name such as `train` is a part only where all its siblings are parts too: a set
 * of vehicles may have a class of trains.
 * @param paths of pictures, with `/` between folders
 */
export function placeAll(paths: readonly string[]): Placed[] {
	const all = paths.map((path) =>
		path
			.split('/')
			.slice(0, -1)
			.map((name) => name.replace(ARCHIVE, '').normalize('NFC').trim())
	);
	const root = treeOf(all);
	const placed = all.map((folders) => {
		let at = root;
		let part: Part | null = null;
		const levels: string[] = [];
		for (const name of folders) {
			if (separates(at)) part = partOfFolder(name);
			else if (name && !(HOLDERS.test(name) && at.folders.size === 1)) levels.push(name);
			at = at.folders.get(sameName(name)) ?? EMPTY;
		}
		return { levels, part };
	});
	// Folders around everything, such as the set's own, are no classes.
	let outer = treeOf(placed.map(({ levels }) => levels));
	let around = 0;
	while (outer.folders.size === 1 && !outer.holds) {
		[outer] = outer.folders.values();
		around++;
	}
	return placed.map(({ levels, part }) => ({ levels: levels.slice(around), part }));
}

const EMPTY: Folder = { folders: new Map(), holds: false };

/** Whether the folders in a folder are parts, all of them. */
const separates = ({ folders }: Folder) =>
	folders.size > 0 && [...folders.keys()].every((name) => partOfFolder(name) !== null);

function treeOf(all: readonly (readonly string[])[]): Folder {
	const root: Folder = { folders: new Map(), holds: false };
	for (const folders of all) {
		let at = root;
		for (const name of folders) {
			const key = sameName(name);
			let next = at.folders.get(key);
			if (!next) at.folders.set(key, (next = { folders: new Map(), holds: false }));
			at = next;
		}
		at.holds = true;
	}
	return root;
}

/** The part of a set that a file's name tells, or null: `t10k-images`, `test_batch.bin`, `val.txt`. */
export function partOfName(name: string): Part | null {
	const words = sameName(name).split(/[^\p{L}\p{N}]+/u);
	if (words.some((word) => /^(train|training|trn)\d*$/.test(word))) return 'train';
	if (words.some((word) => /^(t10k|test|testing|tst)\d*$/.test(word))) return 'test';
	if (words.some((word) => /^(val|valid|validation|dev)$/.test(word))) return 'validation';
	return null;
}

/** What stands before the number in a file's name (`cat` of `cat.12.jpg`), or null. */
export function stemOfName(path: string): string | null {
	const file = path.slice(path.lastIndexOf('/') + 1);
	const found = /^(\p{L}[\p{L} _-]*?)[ ._-]*\(?\d+\)?(?:[ ._-].*)?\.[^.]+$/u.exec(file);
	return found ? found[1].normalize('NFC').trim() : null;
}
