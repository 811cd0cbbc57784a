/** The numbers that a field offers, in order, including the chosen one even if it is not an option. */
export function offered<T extends number>(options: readonly T[], chosen: T): T[] {
	return [...new Set([...options, chosen])].sort((a, b) => a - b);
}
