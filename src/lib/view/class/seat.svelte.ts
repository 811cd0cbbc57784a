/**
 * This tab's place in a room, as far as every page needs to know it. The rest of the room is fetched only by a tab that
 * is in one.
 */
import { tabKeep } from '$lib/class/keep';

/** What a student enters to join; the name is null for none. */
interface Ticket {
	readonly code: string;
	readonly name: string | null;
}

class Seat {
	/** As whom this tab is in a room; null outside rooms, and until the page is hydrated. */
	role = $state<'student' | 'teacher' | null>(null);
	/** With what the student joins; null after a reload, when the tab knows who it was. */
	ticket = $state.raw<Ticket | null>(null);

	/** Finds the place that the tab had before a reload. */
	start(): void {
		if (tabKeep('room').read() !== null) this.role = 'student';
		else if (tabKeep('led').read() !== null) this.role = 'teacher';
	}

	join(ticket: Ticket): void {
		this.ticket = ticket;
		this.role = 'student';
	}

	/** @param code of the room that this tab leads */
	lead(code: string): void {
		tabKeep('led').write(code);
		this.role = 'teacher';
	}

	leave(): void {
		tabKeep('led').write(null);
		this.ticket = null;
		this.role = null;
	}
}

export const seat = new Seat();
