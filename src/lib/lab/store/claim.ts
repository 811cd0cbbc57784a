/**
 * What only one tab may have at a time, such as a run that is trained. Browsers tell this in secure contexts only; on
 * plain http in a local network every tab gets what it asks for, and whoever writes has to look (`runs.ts` does).
 */
export interface Claim {
	release(): void;
}

const FREE: Claim = { release() {} };

/** Held until it is released or the tab is closed; null when another tab, or this one, has it already. */
export async function claim(name: string): Promise<Claim | null> {
	const { locks } = globalThis.navigator ?? {};
	if (!locks) return FREE;
	return new Promise((resolve) => {
		locks
			.request(name, { ifAvailable: true }, (lock) => {
				if (!lock) return resolve(null);
				return new Promise<void>((release) => resolve({ release }));
			})
			// Where site data is blocked, browsers have locks and grant none.
			.catch(() => resolve(FREE));
	});
}

/** Names that some tab has claimed, this one among them. */
export async function claimed(): Promise<ReadonlySet<string>> {
	const told = await globalThis.navigator?.locks?.query().catch(() => null);
	const held = told?.held ?? [];
	return new Set(held.flatMap(({ name }) => name ?? []));
}
