// Relays a room's messages between the teacher's page and the students' pages. It holds no truth: only who is connected
// now. A client that breaks a rule is disconnected, which costs nobody else anything.
import { createHash, timingSafeEqual } from 'node:crypto';
import { WebSocketServer } from 'ws';
import * as v from 'valibot';
import { Bucket } from './bucket.mjs';
import { isFromOwnPage, isHere } from './network.mjs';

/**
 * @typedef {typeof import('../src/lib/class/protocol')} Protocol
 * @typedef {import('../src/lib/class/protocol').Refusal} Refusal
 *
 * @typedef {object} Peer a connection
 * @property {import('ws').WebSocket} socket
 * @property {boolean} here whether it comes from this machine
 * @property {string} address
 * @property {number} heardAt
 * @property {Bucket} frames
 * @property {Bucket} bytes
 * @property {Room | null} room null before its first frame, and once it is refused
 * @property {string | null} member null for the teacher's page
 * @property {boolean} refused
 *
 * @typedef {object} Room
 * @property {string} code
 * @property {Buffer} keyHash
 * @property {Peer | null} teacher
 * @property {Map<string, Peer>} students
 */

/** New connections from one address, at once and per second after that. */
const NEW = { holds: 120, perSecond: 5 };
/** A refused client that does not close by itself is cut off. */
export const CLOSES_WITHIN_MS = 500;

/** @param {string} key */
const hashOf = (key) => createHash('sha256').update(key).digest();

export class Relay {
	#protocol;
	#limits;
	/** @type {Map<string, Room>} */
	#rooms = new Map();
	/** @type {Set<Peer>} */
	#peers = new Set();
	/** @type {Map<string, Bucket>} */
	#newcomers = new Map();
	#sockets;
	#beats;

	/**
	 * @param {Protocol} protocol
	 * @param {Partial<Protocol['LIMITS']>} [limits] others than usual, for tests
	 */
	constructor(protocol, limits = {}) {
		this.#protocol = protocol;
		this.#limits = { ...protocol.LIMITS, ...limits };
		this.#sockets = new WebSocketServer({
			noServer: true,
			maxPayload: this.#limits.frame,
			clientTracking: false
		});
		this.#beats = setInterval(() => this.#beat(), this.#limits.beatMs);
		this.#beats.unref();
	}

	/**
	 * Handles the `upgrade` event of a server.
	 * @param {import('node:http').IncomingMessage} request
	 * @param {import('node:net').Socket} socket
	 * @param {Buffer} head
	 */
	upgrade(request, socket, head) {
		const { pathname } = new URL(request.url ?? '/', 'http://localhost');
		const here = isHere(socket);
		const address = socket.remoteAddress ?? '';
		socket.on('error', () => socket.destroy());
		if (pathname !== `/${this.#protocol.ROOM_PATH}`) return refuseUpgrade(socket, 404);
		if (!isFromOwnPage(request)) return refuseUpgrade(socket, 403);
		if (!here && !this.#mayConnect(address)) return refuseUpgrade(socket, 429);
		this.#sockets.handleUpgrade(request, socket, head, (opened) =>
			this.#welcome(opened, here, address)
		);
	}

	/** Disconnects all; the pages come back when there is a server again. */
	close() {
		clearInterval(this.#beats);
		for (const { socket } of this.#peers) socket.terminate();
	}

	/** Limits connections from one address; this machine has no limit. @param {string} address */
	#mayConnect(address) {
		const now = Date.now();
		for (const [other, bucket] of this.#newcomers)
			if (bucket.isFull(now)) this.#newcomers.delete(other);
		const bucket = this.#newcomers.get(address) ?? new Bucket(NEW.holds, NEW.perSecond, now);
		this.#newcomers.set(address, bucket);
		const present = [...this.#peers].filter((peer) => peer.address === address).length;
		return present < this.#limits.perAddress && bucket.take(1, now);
	}

	/**
	 * @param {import('ws').WebSocket} socket
	 * @param {boolean} here
	 * @param {string} address
	 */
	#welcome(socket, here, address) {
		const now = Date.now();
		const { frames, framesPerSecond, bytes, bytesPerSecond } = this.#limits.student;
		/** @type {Peer} */
		const peer = {
			socket,
			here,
			address,
			heardAt: now,
			frames: new Bucket(frames, framesPerSecond, now),
			bytes: new Bucket(bytes, bytesPerSecond, now),
			room: null,
			member: null,
			refused: false
		};
		this.#peers.add(peer);
		const late = setTimeout(() => !peer.room && this.#refuse(peer, 'silent'), this.#limits.helloMs);
		socket.on('message', (data, isBinary) => {
			if (!peer.refused) this.#receive(peer, /** @type {Buffer} */ (data), isBinary);
		});
		socket.on('close', () => {
			clearTimeout(late);
			this.#forget(peer);
		});
		// The close event follows; ws has closed a connection with a broken or too large frame already.
		socket.on('error', () => {});
	}

	/**
	 * @param {Peer} peer
	 * @param {Buffer} data
	 * @param {boolean} isBinary
	 */
	#receive(peer, data, isBinary) {
		const now = Date.now();
		peer.heardAt = now;
		if (!peer.frames.take(1, now) || !peer.bytes.take(data.length, now))
			return this.#refuse(peer, 'rate');
		if (isBinary) return this.#refuse(peer, 'malformed');
		let frame;
		try {
			frame = JSON.parse(data.toString());
		} catch {
			return this.#refuse(peer, 'malformed');
		}
		const { room, member } = peer;
		if (!room) this.#hello(peer, frame);
		else if (member === null) this.#fromTeacher(peer, room, frame);
		else this.#fromStudent(peer, room, member, frame);
	}

	/**
	 * @param {Peer} peer
	 * @param {unknown} frame
	 */
	#hello(peer, frame) {
		const { helloSchema, VERSION } = this.#protocol;
		// The version first: the rest may look different in another.
		const versioned = v.safeParse(v.object({ version: v.number() }), frame);
		if (versioned.success && versioned.output.version !== VERSION)
			return this.#refuse(peer, 'version');
		const read = v.safeParse(helloSchema, frame, { abortEarly: true });
		if (!read.success) return this.#refuse(peer, 'malformed');
		if (read.output.kind === 'open') this.#open(peer, read.output.code, read.output.key);
		else this.#join(peer, read.output.code, read.output.member);
	}

	/**
	 * @param {Peer} peer
	 * @param {string} code
	 * @param {string} key
	 */
	#open(peer, code, key) {
		if (!peer.here) return this.#refuse(peer, 'not-here');
		const keyHash = hashOf(key);
		let room = this.#rooms.get(code);
		if (!room) {
			if (this.#rooms.size >= this.#limits.rooms) return this.#refuse(peer, 'full');
			room = { code, keyHash, teacher: null, students: new Map() };
			this.#rooms.set(code, room);
		} else if (!timingSafeEqual(room.keyHash, keyHash)) return this.#refuse(peer, 'wrong-key');
		const before = room.teacher;
		const { frames, framesPerSecond, bytes, bytesPerSecond } = this.#limits.teacher;
		peer.frames = new Bucket(frames, framesPerSecond, peer.heardAt);
		peer.bytes = new Bucket(bytes, bytesPerSecond, peer.heardAt);
		peer.room = room;
		room.teacher = peer;
		if (before) this.#refuse(before, 'elsewhere');
		this.#toTeacher(room, { kind: 'opened', members: [...room.students.keys()] });
		this.#tellOfTeacher(room);
	}

	/**
	 * @param {Peer} peer
	 * @param {string} code
	 * @param {string} member
	 */
	#join(peer, code, member) {
		const room = this.#rooms.get(code);
		if (!room) return this.#refuse(peer, 'no-room');
		const before = room.students.get(member);
		if (!before && room.students.size >= this.#limits.members) return this.#refuse(peer, 'full');
		peer.room = room;
		peer.member = member;
		room.students.set(member, peer);
		if (before) this.#refuse(before, 'elsewhere');
		this.#toStudent(peer, { kind: 'joined', teacher: room.teacher !== null });
		this.#toTeacher(room, { kind: 'arrived', member });
	}

	/**
	 * @param {Peer} peer
	 * @param {Room} room
	 * @param {string} member
	 * @param {unknown} received
	 */
	#fromStudent(peer, room, member, received) {
		const read = v.safeParse(this.#protocol.studentFrameSchema, received, { abortEarly: true });
		if (!read.success) return this.#refuse(peer, 'malformed');
		const frame = read.output;
		if (frame.kind === 'tell') this.#toTeacher(room, { ...frame, kind: 'told', member });
		else if (frame.kind === 'part') this.#toTeacher(room, { ...frame, member });
	}

	/**
	 * @param {Peer} peer
	 * @param {Room} room
	 * @param {unknown} received
	 */
	#fromTeacher(peer, room, received) {
		const read = v.safeParse(this.#protocol.teacherFrameSchema, received, { abortEarly: true });
		if (!read.success) return this.#refuse(peer, 'malformed');
		const frame = read.output;
		switch (frame.kind) {
			case 'beat':
				return;
			case 'stage': {
				const text = JSON.stringify(frame);
				for (const student of room.students.values()) this.#send(student, text);
				return;
			}
			case 'desk':
			case 'welcome': {
				const { member, ...rest } = frame;
				const student = room.students.get(member);
				if (student) this.#toStudent(student, rest);
				return;
			}
			case 'acknowledge':
				for (const [member, acknowledged] of frame.all) {
					const student = room.students.get(member);
					if (student) this.#toStudent(student, { kind: 'acknowledge', acknowledged });
				}
				return;
			case 'remove': {
				const student = room.students.get(frame.member);
				if (student) this.#refuse(student, 'removed');
				return;
			}
			case 'close':
				for (const student of [...room.students.values()]) this.#refuse(student, 'closed');
				this.#refuse(peer, 'closed');
		}
	}

	/**
	 * @param {Peer} student
	 * @param {import('../src/lib/class/protocol').ToStudent} frame
	 */
	#toStudent(student, frame) {
		this.#send(student, JSON.stringify(frame));
	}

	/**
	 * @param {Room} room
	 * @param {import('../src/lib/class/protocol').ToTeacher} frame
	 */
	#toTeacher({ teacher }, frame) {
		if (teacher) this.#send(teacher, JSON.stringify(frame));
	}

	/** @param {Room} room */
	#tellOfTeacher({ teacher, students }) {
		const text = JSON.stringify({ kind: 'joined', teacher: teacher !== null });
		for (const student of students.values()) this.#send(student, text);
	}

	/**
	 * Sends a text, or disconnects a receiver that has too much waiting for it.
	 * @param {Peer} peer
	 * @param {string} text
	 */
	#send(peer, text) {
		const { waiting } = this.#limits;
		const most = peer.member === null ? waiting.teacher : waiting.student;
		if (peer.socket.bufferedAmount > most) this.#refuse(peer, 'slow');
		else if (!peer.refused) peer.socket.send(text);
	}

	/**
	 * Disconnects a client with a reason, and reads nothing more of it.
	 * @param {Peer} peer
	 * @param {Refusal} refusal
	 */
	#refuse(peer, refusal) {
		if (peer.refused) return;
		peer.refused = true;
		this.#forget(peer);
		const { socket } = peer;
		socket.close(this.#protocol.REFUSALS[refusal], refusal);
		if (refusal === 'rate') socket.pause();
		setTimeout(() => socket.terminate(), CLOSES_WITHIN_MS).unref();
	}

	/** @param {Peer} peer */
	#forget(peer) {
		this.#peers.delete(peer);
		const { room, member } = peer;
		peer.room = null;
		if (!room) return;
		if (member === null) {
			// Another page of the teacher may have taken its place.
			if (room.teacher !== peer) return;
			room.teacher = null;
			this.#tellOfTeacher(room);
		} else {
			if (room.students.get(member) !== peer) return;
			room.students.delete(member);
			this.#toTeacher(room, { kind: 'left', member });
		}
		if (!room.teacher && !room.students.size) this.#rooms.delete(room.code);
	}

	#beat() {
		const now = Date.now();
		for (const peer of [...this.#peers]) {
			if (now - peer.heardAt > this.#limits.silentMs) this.#refuse(peer, 'silent');
			else if (peer.room) this.#send(peer, '{"kind":"beat"}');
		}
	}
}

/**
 * @param {import('node:net').Socket} socket
 * @param {number} status
 */
function refuseUpgrade(socket, status) {
	socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
