/** What a map has under a key that must be there; an error that names the key where it is not. */

/** @throws RangeError naming the key */
export function entry<K, V>(map: ReadonlyMap<K, V>, key: K): V {
	const found = map.get(key);
	if (found === undefined) throw new RangeError(`${key}: not in the map`);
	return found;
}
