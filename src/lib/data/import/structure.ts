/**
 * Reads from paths what the folders of a set of pictures mean: which name a class, which a part (train, test), and which
 * only hold pictures.
 */
import { entry } from '$lib/base/entry';
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

/** The part that a word among others names, with the others: `seg_train`, `train-clean`. */
function partInName(name: string): { readonly part: Part; readonly others: string } | null {
	const whole = partOfFolder(name);
	if (whole) return { part: whole, others: '' };
	const words = sameName(name).split(/[\s_-]+/);
	const at = words.findIndex((word) => Object.hasOwn(PARTS, word));
	return at < 0 ? null : { part: PARTS[words[at]], others: words.toSpliced(at, 1).join(' ') };
}

/** Folders that hold pictures and say nothing else; only where they stand alone. */
const HOLDERS = /^(images?|imgs?|pics?|pictures?|photos?|jpe?gimages|jpe?gs?|pngs?|图片|图像)$/i;
/** Folders beside such a one whose pictures are no images of the set but say where things are on them. */
const MARKINGS =
	/^(annotations?|labels?|masks?|trimaps?|segmentation\w*|ground[_-]?truths?|gts?|xmls?|标注)$/i;

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
	/** Whether it lies beside the set: in a folder beside those of its parts, or of markings. */
	readonly beside: boolean;
}

/** What a folder means: a part, or perhaps a class; nothing, so that it is skipped; or that its pictures are left out. */
type Role = Part | 'class' | 'nothing' | 'beside';

interface Folder {
	readonly folders: Map<string, Folder>;
	/** Whether pictures lie in it directly. */
	holds: boolean;
	/** Whether it is an archive. */
	readonly packed: boolean;
	/** What its folders mean, by their names as `sameName` has them; worked out once. */
	roles: ReadonlyMap<string, Role> | null;
}

/**
 * Tells classes and parts from paths. A name such as `train` is a part only where all its siblings are parts too, or where
 * one is for training and one for tests: a set of vehicles may have a class of trains.
 * @param paths of pictures, with `/` between folders
 */
export function placeAll(paths: readonly string[]): Placed[] {
	const all = paths.map((path) => path.split('/').slice(0, -1));
	const root = treeOf(all);
	const placed = all.map((folders) => {
		let at: Folder | undefined = root;
		let part: Part | null = null;
		let beside = false;
		let above = '';
		const levels: string[] = [];
		for (const folder of folders) {
			const name = plainName(folder);
			// Archives that were packed twice have a folder alone in one of its name.
			const again = at?.folders.size === 1 && sameName(name) === above;
			above = sameName(name);
			const role: Role = at && !again ? entry((at.roles ??= rolesIn(at)), above) : 'nothing';
			if (role === 'beside') beside = true;
			else if (role === 'class' && name) levels.push(name);
			else if (role !== 'class' && role !== 'nothing') part = role;
			at = at?.folders.get(above);
		}
		return { levels, part, beside };
	});
	// Folders around everything, such as the set's own, are no classes.
	let outer = treeOf(placed.filter(({ beside }) => !beside).map(({ levels }) => levels));
	let around = 0;
	while (outer.folders.size === 1 && !outer.holds) {
		[outer] = outer.folders.values();
		around++;
	}
	return placed.map((one) => ({ ...one, levels: one.levels.slice(around) }));
}

/** A folder's name; that of an archive without its ending. */
const plainName = (name: string) => name.replace(ARCHIVE, '').normalize('NFC').trim();

function rolesIn({ folders }: Folder): Map<string, Role> {
	const names = [...folders.keys()];
	const all = names.map((name) => partOfFolder(name));
	const parts = all.includes(null) ? mixedParts(names) : all;
	const marked = names.filter((name) => !MARKINGS.test(name));
	const alone = marked.length === 1 && HOLDERS.test(marked[0]);
	const continued = sameDownload(folders);
	return new Map(
		names.map((name, i): [string, Role] => {
			if (parts) return [name, parts[i] ?? 'beside'];
			if (alone) return [name, name === marked[0] ? 'nothing' : 'beside'];
			return [name, continued.has(name) ? 'nothing' : 'class'];
		})
	);
}

/** The parts among folders of which some are none, where one is for training and another, of the same words, for tests. */
function mixedParts(names: readonly string[]): (Part | null)[] | null {
	const found = names.map(partInName);
	const of = (others: string) => found.filter((one) => one?.others === others);
	const words = found.find(
		(one) =>
			one?.part === 'train' && of(one.others).some((other) => other && other.part !== 'train')
	);
	return words ? found.map((one) => (one?.others === words.others ? one.part : null)) : null;
}

/** Archives side by side that are parts of one download: their names differ by digits, and they hold folders of one name. */
function sameDownload(folders: ReadonlyMap<string, Folder>): ReadonlySet<string> {
	const archives = [...folders]
		.filter(([, { packed }]) => packed)
		.map(([name, folder]) => ({ name, folder, letters: name.replace(/\d+/g, '') }));
	const classes = ({ folders }: Folder) =>
		[...folders.keys()].filter((name) => !HOLDERS.test(name) && !partOfFolder(name));
	const names = archives
		.filter(({ name, folder, letters }) =>
			archives.some(
				(other) =>
					other.name !== name &&
					other.letters === letters &&
					classes(folder).some((one) => other.folder.folders.has(one))
			)
		)
		.map(({ name }) => name);
	return new Set(names);
}

function treeOf(all: readonly (readonly string[])[]): Folder {
	const folder = (packed: boolean): Folder => ({
		...{ folders: new Map(), holds: false, packed, roles: null }
	});
	const root = folder(false);
	for (const folders of all) {
		let at = root;
		for (const name of folders) {
			const key = sameName(plainName(name));
			let next = at.folders.get(key);
			if (!next) at.folders.set(key, (next = folder(ARCHIVE.test(name))));
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
