/** A name that nothing else has. */
export function uniqueName(): string {
	return crypto.randomUUID?.() ?? String(Math.random());
}
