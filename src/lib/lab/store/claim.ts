/**
 * Claims: names that only one tab may hold at a time, such as a run in training. They rest on Web Locks, which browsers
 * offer in secure contexts only. On plain http in a local network every claim is granted, and writers must check for
 * themselves (`runs.ts` does).
 */
export interface Claim {
	release(): void;
}

const FREE: Claim = { release() {} };

/** Claims a name until it is released or the tab is closed; null if this or another tab holds it already. */
export async function claim(name: string): Promise<Claim | null> {
	const { locks } = globalThis.navigator ?? {};
	if (!locks) return FREE;
	return new Promise((resolve) => {
		locks
			.request(name, { ifAvailable: true }, (lock) => {
				if (!lock) return resolve(null);
				return new Promise<void>((release) => resolve({ release }));
			})
			// If site data is blocked, browsers have locks but grant none.
			.catch(() => resolve(FREE));
	});
}

/** All names claimed by any tab, including this one. */
export async function claimed(): Promise<ReadonlySet<string>> {
	const told = await globalThis.navigator?.locks?.query().catch(() => null);
	const held = told?.held ?? [];
	return new Set(held.flatMap(({ name }) => name ?? []));
}
