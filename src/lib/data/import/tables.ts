/** Reads tables of labels that come with pictures: which column names files, which their classes. */
import { dsvFormat } from 'd3';
import { PICTURE_NAME } from './sniff';
import { sameName } from './structure';

/** Column names that mean a class, the surest first. */
const CLASS_COLUMNS =
	/^(label|labels|class|class_?name|classid|category|breed|species|target|diagnosis|dx|emotion|type|y|标签|类别)$/i;

const SEPARATORS = ['\t', ',', ';', '|', ' '];

/**
 * The class of each file that a table names, by `keyOfFile`; null if it is no such table.
 * @param names keys of the pictures that have no class yet
 */
export function readLabelTable(
	text: string,
	names: ReadonlySet<string>
): ReadonlyMap<string, string> | null {
	const json = rowsOfJson(text);
	if (json) return json.length ? labelsOf(json, names) : null;
	const first = text.slice(0, 4096).split(/\r?\n/)[0];
	for (const separator of SEPARATORS.filter((one) => first.includes(one))) {
		const rows = dsvFormat(separator)
			.parseRows(text)
			.filter((row) => row.length > 1);
		const found = rows.length && labelsOf(rows, names);
		if (found) return found;
	}
	return null;
}

/** Rows of JSON: an object of labels by file, or objects in a list or one on each line; null if it is none. */
function rowsOfJson(text: string): string[][] | null {
	if (!/^\s*[[{]/.test(text)) return null;
	const value = jsonOf(text) ?? text.split(/\r?\n/).map(jsonOf);
	if (!Array.isArray(value))
		return Object.entries(value).map(([file, label]) => [file, cell(label)]);
	const items = value.filter((one) => typeof one === 'object' && one !== null) as object[];
	const heading = [...new Set(items.slice(0, 20).flatMap((one) => Object.keys(one)))];
	return [
		heading,
		...items.map((one) => heading.map((key) => cell(new Map(Object.entries(one)).get(key))))
	];
}
const cell = (value: unknown) =>
	typeof value === 'string' || typeof value === 'number' ? String(value) : '';
function jsonOf(text: string): object | undefined {
	try {
		return Object(JSON.parse(text)) as object;
	} catch {
		return undefined;
	}
}

function labelsOf(
	rows: readonly (readonly string[])[],
	names: ReadonlySet<string>
): ReadonlyMap<string, string> | null {
	const isNamed = (cell: string | undefined) => cell !== undefined && names.has(keyOfFile(cell));
	const width = Math.max(...rows.slice(0, 20).map((row) => row.length));
	const columns = Array.from({ length: width }, (_, column) => column);
	// A heading is a first row without a file.
	const heading = rows[0].some(isNamed) ? null : rows[0];
	const body = heading ? rows.slice(1) : rows;
	const counts = columns.map((column) => body.filter((row) => isNamed(row[column])).length);
	const files = counts.indexOf(Math.max(...counts));
	// One may be a number that happens to be the name of a file.
	if (!(counts[files] > 1)) return null;
	if (heading) {
		const oneHot = oneHotOf(heading, body, files);
		if (oneHot) return oneHot;
	}
	const named = heading
		? columns.filter((column) => column !== files && CLASS_COLUMNS.test(heading[column]?.trim()))
		: [];
	const others = columns.filter((column) => column !== files);
	const isClass = (column: number) => {
		const values = new Set(body.map((row) => row[column]));
		return values.size >= 2 && values.size <= Math.max(2, body.length / 2) && values.size <= 256;
	};
	const classes =
		named[0] ??
		others.find((column) => column > files && isClass(column)) ??
		others.find((column) => isClass(column) || others.length === 1);
	if (classes === undefined) return null;
	const found = new Map<string, string>();
	for (const row of body) {
		const name = row[classes]?.trim();
		if (isNamed(row[files]) && name) found.set(keyOfFile(row[files]), name.normalize('NFC'));
	}
	return found.size ? found : null;
}

/** Labels of a table with a column for each class, in which each row has a single 1 (Roboflow, ISIC). */
function oneHotOf(
	heading: readonly string[],
	body: readonly (readonly string[])[],
	files: number
): ReadonlyMap<string, string> | null {
	const columns = heading.map((_, column) => column).filter((column) => column !== files);
	const isBit = (cell: string | undefined) => /^[01](\.0*)?$/.test(cell?.trim() ?? '');
	const bits = columns.filter((column) => body.every((row) => isBit(row[column])));
	if (bits.length < 2) return null;
	const found = new Map<string, string>();
	for (const row of body) {
		const ones = bits.filter((column) => Number(row[column]) === 1);
		if (ones.length !== 1) return null;
		found.set(keyOfFile(row[files]), heading[ones[0]].trim().normalize('NFC'));
	}
	return found;
}

/** A file's name as tables spell it: without folders and ending, in one case. */
export const keyOfFile = (path: string): string =>
	sameName(
		path
			.trim()
			.replace(/^.*[/\\]/, '')
			.replace(PICTURE_NAME, '')
	);
