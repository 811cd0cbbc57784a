/** Files out of a drop or a file field, with their paths, folders opened. */
import type { Brought } from '$lib/lab';

/** What was chosen in a file field; of a folder with the path from it on. */
export function chosen(files: Iterable<File>): Brought[] {
	return Array.from(files, (file) => ({ path: file.webkitRelativePath || file.name, blob: file }));
}

/** What was dropped. To be called while the drop is handled: its items are gone afterwards. */
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
	// A directory is told in portions.
	for (;;) {
		const portion = await new Promise<FileSystemEntry[]>((resolve, reject) =>
			reader.readEntries(resolve, reject)
		);
		if (!portion.length) return found;
		for (const inner of portion) found.push(...(await filesIn(inner, `${path}/`)));
	}
}
