/** Texts that a tab keeps over a reload, each under a name of its own: two tabs are two students. */

export interface Keep {
	read(): string | null;
	write(text: string | null): void;
}

/** `room`: who this tab is in a room as a student. `led`: the code of the room that it leads. */
export const tabKeep = (name: 'room' | 'led'): Keep => ({
	read() {
		try {
			return sessionStorage.getItem(name);
		} catch {
			return null;
		}
	},
	write(text) {
		try {
			if (text === null) sessionStorage.removeItem(name);
			else sessionStorage.setItem(name, text);
		} catch {
			// Without storage, a reload joins the room as a new student.
		}
	}
});
