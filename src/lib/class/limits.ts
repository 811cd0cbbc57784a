/**
 * All limits of a room in one table. They are wide for a class that behaves, and keep a client that does not from
 * costing anybody else anything.
 */
export const LIMITS = {
	/** Students connected to one room at once, and known to the teacher's page at all. */
	members: 250,
	known: 500,
	rooms: 20,
	/** Connections from one address of the network; a classroom behind a router may share one. */
	perAddress: 64,
	/** Longest texts, in characters. */
	name: 24,
	text: 400,
	address: 8200,
	/** Longest frame, in bytes. */
	frame: 64 * 1024,
	/** A record is sent whole in parts of so many characters, one after each pause, up to so many bytes packed. */
	part: 40 * 1024,
	partEveryMs: 250,
	record: 8 * 1024 * 1024,
	/** What the teacher's page keeps of one student, the latest each. */
	predictions: 10,
	votes: 60,
	curves: 10,
	/** Points of a thin curve. */
	points: 64,
	choices: 6,
	/** Messages that wait for an acknowledgement at a student's page. */
	unsent: 100,
	/** Jobs of one sweep. */
	jobs: 500,
	/** Frames and bytes that a connection may send at once, and per second after that. */
	student: { frames: 240, framesPerSecond: 20, bytes: 1 << 20, bytesPerSecond: 256 * 1024 },
	teacher: { frames: 4000, framesPerSecond: 2000, bytes: 16 << 20, bytesPerSecond: 4 << 20 },
	/** Bytes that may wait for a slow receiver before it is disconnected. */
	waiting: { student: 1 << 20, teacher: 8 << 20 },
	/** The server sends a beat, and who is silent for longer than the second is gone; both sides count. */
	beatMs: 5000,
	silentMs: 15_000,
	/** A connection must say within this who it is. */
	helloMs: 5000
};
