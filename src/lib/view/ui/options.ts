/** The numbers that a field offers, in order, with the chosen one among them whatever it is. */
export function offered<T extends number>(options: readonly T[], chosen: T): T[] {
	return [...new Set([...options, chosen])].sort((a, b) => a - b);
}
