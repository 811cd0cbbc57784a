/** Returns a unique name. */
export function uniqueName(): string {
	return crypto.randomUUID?.() ?? String(Math.random());
}
