/** Reads files with their paths from a drop or a file field, and opens folders. */
import type { Brought } from '$lib/lab';

/** The files chosen in a file field; those of a folder have paths relative to it. */
export function chosen(files: Iterable<File>): Brought[] {
	return Array.from(files, (file) => ({ path: file.webkitRelativePath || file.name, blob: file }));
}

/** The files of a drop. Call it in the drop's handler, because its items are gone afterwards. */
export async function dropped(data: DataTransfer): Promise<Brought[]> {
	const entries = Array.from(data.items, (item) => item.webkitGetAsEntry());
	const files = await Promise.all(entries.map((entry) => (entry ? filesIn(entry, '') : [])));
	return files.flat();
}

async function filesIn(entry: FileSystemEntry, above: string): Promise<Brought[]> {
	const path = above + entry.name;
	if (entry.isFile) {
		const blob = await new Promise<File>((resolve, reject) =>
			(entry as FileSystemFileEntry).file(resolve, reject)
		);
		return [{ path, blob }];
	}
	const reader = (entry as FileSystemDirectoryEntry).createReader();
	const found: Brought[] = [];
	// A directory is read in portions.
	for (;;) {
		const portion = await new Promise<FileSystemEntry[]>((resolve, reject) =>
			reader.readEntries(resolve, reject)
		);
		if (!portion.length) return found;
		for (const inner of portion) found.push(...(await filesIn(inner, `${path}/`)));
	}
}
