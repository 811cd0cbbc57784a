import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { EMPTY_DESK, EMPTY_STAGE, LIMITS, REFUSALS, VERSION } from '../src/lib/class/protocol';
import { TestServer } from './classroom';
import { CLOSES_WITHIN_MS } from './relay.mjs';

const CODE = 'BCDFGH';
const KEY = 'k'.repeat(32);
const member = (letter: string) => letter.repeat(32);

type Frame = { kind: string; told?: { page?: string; name?: string }; [key: string]: unknown };

/** A client that says what it likes, and keeps what it hears. */
class Client {
	readonly heard: Frame[] = [];
	readonly socket: WebSocket;
	/** The code of the close frame. */
	readonly closed: Promise<number>;

	constructor(port: number, options: { origin?: string; host?: string; path?: string } = {}) {
		const { origin = `http://127.0.0.1:${port}`, host, path = '/room' } = options;
		this.socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, {
			origin,
			...(host ? { headers: { host } } : {})
		});
		this.socket.on('message', (data) => this.heard.push(JSON.parse(String(data))));
		this.socket.on('error', () => {});
		this.closed = new Promise((resolve) => this.socket.on('close', resolve));
	}

	async say(...frames: unknown[]): Promise<this> {
		if (this.socket.readyState === WebSocket.CONNECTING) await once(this.socket, 'open');
		for (const frame of frames)
			this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
		return this;
	}

	/** Resolves to the first of these frames, of those heard after so many. No timers: the tests hold time. */
	async hears(
		kind: string,
		{ after = 0, where = () => true }: { after?: number; where?: (frame: Frame) => boolean } = {}
	): Promise<Frame> {
		for (;;) {
			const found = this.heard.slice(after).find((frame) => frame.kind === kind && where(frame));
			if (found) return found;
			await once(this.socket, 'message');
		}
	}
}

const open = { kind: 'open', version: VERSION, code: CODE, key: KEY };
const join = (letter: string, code = CODE) => ({
	kind: 'join',
	version: VERSION,
	code,
	member: member(letter)
});
const place = (page: string, number = 1) => ({
	kind: 'tell',
	number,
	after: number - 1,
	told: { kind: 'place', page, step: null }
});

describe('the relay of rooms', () => {
	const server = new TestServer({ members: 20, rooms: 3 });
	let teacher: Client;
	/** A student who behaves, and must not notice anything. */
	let student: Client;
	beforeAll(async () => {
		// The relay's time passes only where a test says so, however slow the machine is.
		vi.useFakeTimers({
			toFake: ['Date', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval']
		});
		await server.start();
		teacher = await new Client(server.port).say(open);
		await teacher.hears('opened');
		student = await new Client(server.port).say(join('s'));
		await student.hears('joined');
	});
	afterAll(async () => {
		await server.stop();
		vi.useRealTimers();
	});

	/** Time passes until the relay has sent a beat, and the pages that behave have answered it. */
	const beat = async () => {
		const heard = [teacher, student].map((client) => client.heard.length);
		vi.advanceTimersByTime(LIMITS.beatMs);
		for (const [i, client] of [teacher, student].entries()) {
			await client.hears('beat', { after: heard[i] });
			await client.say({ kind: 'beat' });
		}
		// What comes back has passed the relay behind the answers.
		await student.say(place('beat'));
		await teacher.hears('told', { after: heard[0] });
		await teacher.say({ kind: 'stage', stage: EMPTY_STAGE });
		await student.hears('stage', { after: heard[1] });
	};

	/** Resolves when the teacher's page hears that a student has left. */
	const left = (letter: string) =>
		teacher.hears('left', { where: (frame) => frame.member === member(letter) });

	/** The code with which a client that says these frames is disconnected. */
	const refusalOf = async (...frames: unknown[]) =>
		(await new Client(server.port).say(...frames)).closed;

	it("passes a student's messages to the teacher's page alone, and states to whom they are for", async () => {
		const other = await new Client(server.port).say(join('o'), place('lab'));
		expect(await teacher.hears('told')).toMatchObject({
			member: member('o'),
			told: { page: 'lab' }
		});
		await teacher.say({ kind: 'stage', stage: { ...EMPTY_STAGE, predict: true } });
		expect(await other.hears('stage')).toMatchObject({ stage: { predict: true } });
		await teacher.say({ kind: 'desk', member: member('o'), desk: EMPTY_DESK });
		await other.hears('desk');
		expect(student.heard.map(({ kind }) => kind)).not.toContain('desk');
		expect(student.heard.map(({ kind }) => kind)).not.toContain('told');
		other.socket.close();
		expect(await teacher.hears('left')).toMatchObject({ member: member('o') });
	});

	it('makes plain text of what students write', async () => {
		const other = await new Client(server.port).say(join('n'), {
			...place('x'),
			told: { kind: 'name', name: ` <b>A\u202e\u0000n\nn</b>${'a'.repeat(50)}` }
		});
		const { told } = await teacher.hears('told', { where: ({ told }) => told?.name !== undefined });
		expect(told).toMatchObject({ name: '<b>Ann</b>aaaaaaaaaaaaaa' });
		other.socket.close();
	});

	it('disconnects who does not keep to the protocol', async () => {
		expect(await refusalOf('not JSON')).toBe(REFUSALS.malformed);
		expect(await refusalOf({ kind: 'join' })).toBe(REFUSALS.malformed);
		expect(await refusalOf({ ...open, version: VERSION + 1 })).toBe(REFUSALS.version);
		expect(await refusalOf(join('x', 'BBBBBB'))).toBe(REFUSALS['no-room']);
		expect(await refusalOf(join('x'), { kind: 'tell' })).toBe(REFUSALS.malformed);
		expect(await refusalOf(join('x'), { ...place('p'), more: 1 })).toBe(REFUSALS.malformed);
		const binary = await new Client(server.port).say(join('x'));
		binary.socket.send(Buffer.from([1, 2, 3]));
		expect(await binary.closed).toBe(REFUSALS.malformed);
		// The code of ws for a frame that is too large.
		expect(await refusalOf('x'.repeat(LIMITS.frame + 1))).toBe(1009);
	});

	it('disconnects who does not say who it is', async () => {
		const dumb = await new Client(server.port).say();
		vi.advanceTimersByTime(LIMITS.helloMs);
		expect(await dumb.closed).toBe(REFUSALS.silent);
	});

	it("opens to the teacher's key what it does not open to a student", async () => {
		expect(await refusalOf({ ...open, key: 'z'.repeat(32) })).toBe(REFUSALS['wrong-key']);
		expect(await refusalOf(join('x'), { kind: 'stage', stage: EMPTY_STAGE })).toBe(
			REFUSALS.malformed
		);
		expect(await refusalOf(join('x'), { kind: 'remove', member: member('s') })).toBe(
			REFUSALS.malformed
		);
		expect(await refusalOf(join('x'), { kind: 'close' })).toBe(REFUSALS.malformed);
	});

	it('lets in pages of this server alone', async () => {
		const refused = (options: ConstructorParameters<typeof Client>[1]) =>
			new Client(server.port, options).closed;
		// 1006: there was no connection.
		expect(await refused({ origin: 'https://evil.example' })).toBe(1006);
		expect(await refused({ origin: 'null' })).toBe(1006);
		expect(await refused({ origin: `http://127.0.0.1:${server.port + 1}` })).toBe(1006);
		// A name that its owner has pointed at this machine.
		const host = `evil.example:${server.port}`;
		expect(await refused({ origin: `http://${host}`, host })).toBe(1006);
		expect(await refused({ path: '/other' })).toBe(1006);
	});

	it('stops a flood, and nobody else notices', async () => {
		const flood = await new Client(server.port).say(join('f'));
		const frames = Array.from({ length: 5000 }, (_, i) => place(`flood ${i}`, i + 1));
		const before = teacher.heard.length;
		await flood.say(...frames);
		await left('f');
		expect(teacher.heard.length - before).toBeLessThan(LIMITS.student.frames + 10);
		// Nothing more is read of it, its answer to the close frame neither: it is cut off.
		vi.advanceTimersByTime(CLOSES_WITHIN_MS);
		expect(await flood.closed).toBe(REFUSALS.rate);
		await student.say(place('still here'));
		await teacher.hears('told', { where: ({ told }) => told?.page === 'still here' });
	});

	it('disconnects who does not take what it is sent', async () => {
		const slow = await new Client(server.port).say(join('w'));
		await slow.hears('joined');
		slow.socket.pause();
		const desk = { job: null, wanted: null };
		const stage = { ...EMPTY_STAGE, setup: { id: 'a', address: `lab/?${'x'.repeat(8000)}` } };
		const welcome = { kind: 'welcome', member: member('w'), acknowledged: 0, stage, desk };
		// More than the systems of both sides take in.
		await teacher.say(...Array<typeof welcome>(1800).fill(welcome));
		await left('w');
		slow.socket.terminate();
		expect(student.socket.readyState).toBe(WebSocket.OPEN);
	});

	it('has room for so many students and rooms', async () => {
		const crowd = await Promise.all(
			Array.from({ length: 20 }, (_, i) =>
				new Client(server.port).say({ ...join('x'), member: `${i}`.padStart(32, 'x') })
			)
		);
		const codes = await Promise.race(crowd.map(({ closed }) => closed));
		expect(codes).toBe(REFUSALS.full);
		for (const { socket } of crowd) socket.close();
		const rooms = await Promise.all(
			['BBBBBB', 'CCCCCC', 'DDDDDD'].map((code) => new Client(server.port).say({ ...open, code }))
		);
		expect(await Promise.race(rooms.map(({ closed }) => closed))).toBe(REFUSALS.full);
		for (const { socket } of rooms) socket.close();
	});

	it('replaces a page that connects again, and forgets one that is silent', async () => {
		const first = await new Client(server.port).say(join('t'));
		await first.hears('joined');
		const second = await new Client(server.port).say(join('t'));
		expect(await first.closed).toBe(REFUSALS.elsewhere);
		for (let silent = 0; silent <= LIMITS.silentMs; silent += LIMITS.beatMs) await beat();
		expect(await second.closed).toBe(REFUSALS.silent);
		expect(student.socket.readyState).toBe(WebSocket.OPEN);
		expect(teacher.socket.readyState).toBe(WebSocket.OPEN);
	});

	it('answers requests for pages meanwhile', async () => {
		const [response] = await once(
			request({ port: server.port, host: '127.0.0.1' }).end(),
			'response'
		);
		expect(response.statusCode).toBe(200);
		response.resume();
	});
});
