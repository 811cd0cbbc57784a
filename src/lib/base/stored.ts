/** Texts that this browser keeps under a name. Where storage is closed to the page nothing is kept, and all goes on. */

/** Null where there is none. */
export function stored(key: string): string | null {
	try {
		return localStorage.getItem(key);
	} catch {
		return null;
	}
}

/** @param text null to keep none */
export function store(key: string, text: string | null): void {
	try {
		if (text === null) localStorage.removeItem(key);
		else localStorage.setItem(key, text);
	} catch {
		// What was chosen holds until the page is left.
	}
}
