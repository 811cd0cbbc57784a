/** Looks up a key that must be in a map. */

/** The value of a key. @throws RangeError naming a key that is missing */
export function entry<K, V>(map: ReadonlyMap<K, V>, key: K): V {
	const found = map.get(key);
	if (found === undefined) throw new RangeError(`${key}: not in the map`);
	return found;
}
