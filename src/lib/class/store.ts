/** Keeps the teacher's room in IndexedDB, so that it survives a reload: the latest room, each member by itself. */
import type { DBSchema } from 'idb';
import { Database } from '$lib/lab/store/database';
import type { Member, Room } from './teacher';

/** A room with the key that opened it. */
export interface KeptRoom {
	readonly key: string;
	readonly room: Room;
}

interface Schema extends DBSchema {
	rooms: {
		key: string;
		value: { code: string; key: string; openedAt: number } & Omit<Room, 'code' | 'members'>;
	};
	members: { key: [code: string, id: string]; value: Member & { code: string } };
}

const NAME = 'residual-explorer-class';

export class RoomStore extends Database<Schema> {
	/** What is stored of the room, to write only what has changed. */
	#written: Room | null = null;

	private constructor(name: string) {
		super(name, 1, (fresh) => {
			fresh.createObjectStore('rooms', { keyPath: 'code' });
			fresh.createObjectStore('members', { keyPath: ['code', 'id'] });
		});
	}

	/** @throws StoreError if the browser stores nothing; every method throws it too if storage fails later */
	static open(name = NAME): Promise<RoomStore> {
		return new RoomStore(name).open();
	}

	/** The room that was saved last; null if there is none. */
	load(): Promise<KeptRoom | null> {
		return this.transact(['rooms', 'members'], 'readonly', async (reading) => {
			const rooms = await reading.objectStore('rooms').getAll();
			const [last] = rooms.sort((a, b) => b.openedAt - a.openedAt);
			if (!last) return null;
			const { code, key, openedAt: _, ...rest } = last;
			const rows = await reading.objectStore('members').getAll(membersOf(code));
			const members = new Map(rows.map(({ code: _, ...member }) => [member.id, member] as const));
			const room: Room = { ...rest, code, members };
			this.#written = room;
			return { key, room };
		});
	}

	/** Saves a room and deletes all others. */
	async save({ key, room }: KeptRoom): Promise<void> {
		const { members, ...rest } = room;
		const before =
			this.#written?.code === room.code ? this.#written.members : new Map<string, Member>();
		const fresh = this.#written?.code !== room.code;
		await this.transact(['rooms', 'members'], 'readwrite', async (writing) => {
			const rooms = writing.objectStore('rooms');
			const rows = writing.objectStore('members');
			if (fresh) {
				await rooms.clear();
				await rows.clear();
			}
			await rooms.put({ ...rest, key, openedAt: Date.now() });
			for (const [id, member] of members)
				if (before.get(id) !== member) await rows.put({ ...member, code: room.code });
			for (const id of before.keys()) if (!members.has(id)) await rows.delete([room.code, id]);
		});
		this.#written = room;
	}

	async clear(): Promise<void> {
		this.#written = null;
		await this.transact(['rooms', 'members'], 'readwrite', async (writing) => {
			await writing.objectStore('rooms').clear();
			await writing.objectStore('members').clear();
		});
	}
}

const membersOf = (code: string) => IDBKeyRange.bound([code, ''], [code, '\uffff']);
