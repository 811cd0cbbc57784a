/** The data sets that come with the app, by id. Packs may have any shape and number of channels. */

export interface CatalogueEntry {
	readonly id: string;
	/** Name for people, the same in every language. */
	readonly title: string;
	/** Folder of `manifest.json` and the shards, relative to the folder of data packs; ends with a slash. */
	readonly folder: string;
}

export const CATALOGUE: readonly CatalogueEntry[] = [
	{ id: 'fashion-mnist', title: 'Fashion-MNIST', folder: 'fashion-mnist/' }
];

/** Prefix of the ids of users' own sets; the rest is derived from their contents. */
export const OWN = 'own-';

/** @throws RangeError naming the id and the known ones */
export function findDataSet(id: string): CatalogueEntry {
	const found = CATALOGUE.find((entry) => entry.id === id);
	if (found) return found;
	const known = CATALOGUE.map((entry) => entry.id).join(', ');
	throw new RangeError(`data set ${id}: unknown; expected one of ${known}`);
}
