/** Texts in the browser's local storage. If storage is blocked, nothing is stored and no error is raised. */

/** The stored text, or null. */
export function stored(key: string): string | null {
	try {
		return localStorage.getItem(key);
	} catch {
		return null;
	}
}

/** @param text the text to store; null removes it */
export function store(key: string, text: string | null): void {
	try {
		if (text === null) localStorage.removeItem(key);
		else localStorage.setItem(key, text);
	} catch {
		// The choice then lasts until the page is left.
	}
}
