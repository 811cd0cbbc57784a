/**
 * A simulated class, for tests and `bench/room.mjs`: a server on 127.0.0.1 that can be restarted, behind a network that can
 * fail, with the teacher's page and many students' pages without their drawing.
 */
import 'fake-indexeddb/auto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { WebSocket as NodeSocket } from 'ws';
import type { ConnectionTools } from '../src/lib/class/connection';
import * as protocol from '../src/lib/class/protocol';
import { TeacherRoom } from '../src/lib/class/room';
import type { Keep } from '../src/lib/class/keep';
import { StudentRoom } from '../src/lib/class/student';
import type { Member } from '../src/lib/class/teacher';
import { Relay } from './relay.mjs';
import { serverOf } from './serve.mjs';

const HERE = '127.0.0.1';

/** A server with a relay; the same port again after a restart. */
export class TestServer {
	#server: Server | null = null;
	#relay: Relay | null = null;
	readonly #limits: ConstructorParameters<typeof Relay>[1];
	port = 0;

	constructor(limits: ConstructorParameters<typeof Relay>[1] = {}) {
		this.#limits = limits;
	}

	async start(): Promise<void> {
		this.#relay = new Relay(protocol, this.#limits);
		this.#server = serverOf((_, response) => void response.end('a page'), this.#relay, null);
		this.#server.listen(this.port, HERE);
		await once(this.#server, 'listening');
		this.port = (this.#server.address() as AddressInfo).port;
	}

	async stop(): Promise<void> {
		this.#relay?.close();
		this.#server?.close();
		if (this.#server) await once(this.#server, 'close');
	}
}

/** The network between the pages and the server. While it is cut, nothing passes and nothing is closed. */
export class Network {
	readonly #server: Server;
	readonly #ends = new Set<Socket>();
	#cut = false;

	constructor(to: TestServer) {
		this.#server = createServer((near) => {
			const far = connect(to.port, HERE);
			for (const [from, into] of [
				[near, far],
				[far, near]
			]) {
				this.#ends.add(from);
				from.on('data', (data) => void (this.#cut || into.write(data)));
				from.on('error', () => {});
				from.on('close', () => {
					this.#ends.delete(from);
					if (!this.#cut) into.destroy();
				});
			}
		});
	}

	async start(): Promise<number> {
		this.#server.listen(0, HERE);
		await once(this.#server, 'listening');
		return (this.#server.address() as AddressInfo).port;
	}

	/** Loses everything from now on. */
	cut(): void {
		this.#cut = true;
	}

	/** Lets new connections through; those from before the cut have lost data and are gone. */
	mend(): void {
		for (const end of this.#ends) end.destroy();
		this.#cut = false;
	}

	stop(): void {
		this.mend();
		this.#server.close();
	}
}

/** A page's socket from Node; Node 20 has none of its own. */
const toolsFor = (origin: string, silentMs: number): ConnectionTools => ({
	createSocket: (address) => new NodeSocket(address, { origin }) as unknown as WebSocket,
	pauses: { first: 50, longest: 400 },
	silentMs
});

const keepIn = (memory: { text: string | null }): Keep => ({
	read: () => memory.text,
	write: (text) => void (memory.text = text)
});

/** A student who votes on one question after the other, so that each message is another fact. */
class Pupil {
	readonly memory: { text: string | null } = { text: null };
	/** Choices by question. */
	readonly voted: Record<string, number> = {};
	room: StudentRoom;
	readonly #join: () => StudentRoom;

	constructor(join: (keep: Keep) => StudentRoom) {
		this.#join = () => join(keepIn(this.memory));
		this.room = this.#join();
	}

	vote(question: string): void {
		const choice = Math.floor(Math.random() * 4);
		this.voted[question] = choice;
		this.room.tell({ kind: 'vote', question, phase: 'before', choice });
	}

	/** Who it is to the teacher's page. */
	get id(): string {
		return (JSON.parse(this.memory.text ?? '') as { member: string }).member;
	}

	reload(): void {
		this.room.close();
		this.room = this.#join();
	}
}

export class Classroom {
	readonly server: TestServer;
	readonly network: Network;
	readonly pupils: Pupil[] = [];
	/** Records by run, the same on all machines. */
	readonly records = new Map<string, string>();
	/** Milliseconds from each vote to the teacher's page. */
	readonly delays: number[] = [];
	teacher!: TeacherRoom;
	readonly #toldAt = new Map<string, number>();
	#shown = new Map<string, Member>();
	#tools!: ConnectionTools;
	#address = '';
	readonly #database = `class ${Math.random()}`;
	readonly #silentMs: number;

	/** @param silentMs after which both sides give up a silent connection */
	constructor(silentMs: number) {
		this.#silentMs = silentMs;
		this.server = new TestServer({ beatMs: silentMs / 3, silentMs });
		this.network = new Network(this.server);
	}

	async open(students: number): Promise<void> {
		await this.server.start();
		const port = await this.network.start();
		this.#address = `ws://${HERE}:${port}/room`;
		this.#tools = toolsFor(`http://${HERE}:${port}`, this.#silentMs);
		const options = { address: this.#address, tools: this.#tools, database: this.#database };
		this.#watch(await TeacherRoom.open(options));
		await until(() => this.teacher.state.status === 'open');
		const { code } = this.teacher.state.room;
		for (let i = 0; i < students; i++)
			this.pupils.push(
				new Pupil(
					(keep) =>
						new StudentRoom({
							code,
							address: this.#address,
							recordOf: async (run) => this.records.get(run) ?? null,
							keep,
							tools: this.#tools
						})
				)
			);
		await until(() => this.pupils.every(({ room }) => room.state.teacher));
	}

	async reloadTeacher(): Promise<void> {
		this.teacher.close();
		this.#shown = new Map();
		const options = { address: this.#address, tools: this.#tools, database: this.#database };
		const resumed = await TeacherRoom.resume(options);
		if (!resumed) throw new Error('the room is not stored');
		this.#watch(resumed);
	}

	/** All students vote on a question, spread over some time. */
	async voteAll(question: string, milliseconds: number): Promise<void> {
		const votes = this.pupils.map(async (pupil, i) => {
			await pause((i / this.pupils.length) * milliseconds);
			pupil.vote(question);
			this.#toldAt.set(`${pupil.id} ${question}`, performance.now());
		});
		await Promise.all(votes);
	}

	/** Resolves when the teacher's page has acknowledged all. */
	settled(): Promise<void> {
		return until(() => this.pupils.every(({ room }) => room.state.unsent === 0));
	}

	/** Number of votes that the teacher's page does not have. */
	lost(): number {
		const { members } = this.teacher.state.room;
		return this.pupils
			.map(({ voted, id }) => {
				const votes = members.get(id)?.votes ?? {};
				return Object.entries(voted).filter(([id, choice]) => votes[id]?.before !== choice).length;
			})
			.reduce((sum, missing) => sum + missing, 0);
	}

	async close(): Promise<void> {
		for (const { room } of this.pupils) room.close();
		this.teacher.close();
		this.network.stop();
		await this.server.stop();
	}

	#watch(teacher: TeacherRoom): void {
		this.teacher = teacher;
		teacher.subscribe(({ room: { members } }) => {
			const now = performance.now();
			for (const [id, member] of members) {
				if (this.#shown.get(id) === member) continue;
				this.#shown.set(id, member);
				for (const question of Object.keys(member.votes)) {
					const told = this.#toldAt.get(`${id} ${question}`);
					if (told === undefined) continue;
					this.#toldAt.delete(`${id} ${question}`);
					this.delays.push(now - told);
				}
			}
		});
	}
}

export const pause = (milliseconds: number): Promise<void> =>
	new Promise((resolve) => setTimeout(resolve, milliseconds));

export async function until(isTrue: () => boolean, within = 240_000): Promise<void> {
	const end = performance.now() + within;
	while (!isTrue()) {
		if (performance.now() > end) throw new Error(`not within ${within} ms: ${isTrue}`);
		await pause(10);
	}
}
