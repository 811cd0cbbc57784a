/**
 * A room: a class on one local network, with the teacher's page as its only truth and the server of `npm start` as a
 * relay. Without that server the app is the same, and there is no room.
 */
import * as v from 'valibot';
import { ROOM_PATH, roomInfoSchema, VERSION, type RoomInfo } from './protocol';

export {
	EMPTY_STAGE,
	LIMITS,
	readCode,
	type Curve,
	type Question,
	type Refusal,
	type RoomInfo,
	type Stage
} from './protocol';
export { joinedRoom, StudentRoom, type StudentState } from './student';
export { RunRefusedError, TeacherRoom, type RunRefusal, type TeacherState } from './room';
export * from './teacher';
export * from './curves';
export { asSweepRecord, found, jobsIn, progress, type Sweep } from './jobs';
export { jobsOf, type Axis, type Grid, type Setting, type Job } from './grid';
export { JobRunner } from './runner';

/** @param root address of the app's first page */
export function roomAddress(root: string | URL): string {
	const address = new URL(ROOM_PATH, root);
	address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
	return address.href;
}

/** What the server says of rooms; null if the app is served by one that knows none, or opened without a network. */
export async function roomInfo(root: string | URL): Promise<RoomInfo | null> {
	try {
		const response = await fetch(new URL(ROOM_PATH, root), { cache: 'no-store' });
		if (!response.ok) return null;
		const read = v.safeParse(roomInfoSchema, await response.json());
		return read.success && read.output.version === VERSION ? read.output : null;
	} catch {
		return null;
	}
}
