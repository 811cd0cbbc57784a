/** The room that this tab leads. It outlives a visit to another page, so that the teacher can show the lab meanwhile. */
import { roomAddress, TeacherRoom, type Room, type TeacherState } from '$lib/class';
import { store, stored } from '$lib/base/stored';
import { appRoot } from './address';
import { seat } from './seat.svelte';

/** The code of the room that this browser has kept: another tab, or this one after the browser was closed, may return to it. */
const KEPT = 'room-kept';

class Lead {
	state = $state.raw<TeacherState | null>(null);
	/** Whether a room is being opened. */
	opening = $state(false);
	#room: TeacherRoom | null = null;

	/** The room; only where there is one. */
	get room(): TeacherRoom {
		if (!this.#room) throw new Error('no room is open');
		return this.#room;
	}

	/** The code of a room that this browser has kept; null if there is none. */
	get kept(): string | null {
		return stored(KEPT);
	}

	open(): Promise<void> {
		return this.#take(() => TeacherRoom.open({ address: roomAddress(appRoot()) }));
	}

	/** Returns to the room that this browser has kept. */
	async resume(): Promise<void> {
		await this.#take(() => TeacherRoom.resume({ address: roomAddress(appRoot()) }));
		if (!this.#room) this.#forget();
	}

	/** Ends the room for all. */
	async end(): Promise<void> {
		const room = this.#room;
		this.#forget();
		await room?.end();
	}

	/** Puts a room aside that this tab may no longer lead. */
	#forget(): void {
		this.#room = null;
		this.state = null;
		store(KEPT, null);
		seat.leave();
	}

	async #take(get: () => Promise<TeacherRoom | null>): Promise<void> {
		if (this.#room || this.opening) return;
		this.opening = true;
		try {
			const room = await get();
			if (!room) return;
			this.#room = room;
			room.subscribe((state) => (this.state = state));
			store(KEPT, room.state.room.code);
			seat.lead(room.state.room.code);
		} finally {
			this.opening = false;
		}
	}

	/** Puts a room aside that the server has refused, without ending it. */
	drop(): void {
		const refusal = this.state?.refusal;
		this.#room?.close();
		this.#room = null;
		this.state = null;
		// The other tab that leads it has kept it.
		if (refusal !== 'elsewhere') store(KEPT, null);
		seat.leave();
	}
}

export const lead = new Lead();

/** Students who are here now. */
export const presentIn = (room: Room) =>
	[...room.members.values()].filter(({ leftAt }) => leftAt === null);
