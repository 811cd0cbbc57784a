/** Returns a unique name of letters, digits and hyphens. */
export function uniqueName(): string {
	// Pages on plain http have no `randomUUID`.
	return (
		crypto.randomUUID?.() ??
		Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('-')
	);
}
