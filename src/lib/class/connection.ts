/**
 * A page's connection to the server's room: a WebSocket that is opened again after every failure, with growing pauses,
 * until it is closed or refused for good. Frames that the schema does not accept are passed over.
 */
import * as v from 'valibot';
import { LIMITS, REFUSALS, type Hello, type Refusal } from './protocol';

/** Timers and socket, which tests replace. */
export interface ConnectionTools {
	readonly createSocket: (address: string) => WebSocket;
	/** Pauses between attempts grow from the first to the longest, in milliseconds. */
	readonly pauses: { readonly first: number; readonly longest: number };
	/** A connection that is silent for so many milliseconds is opened again. */
	readonly silentMs: number;
}

export const BROWSER_TOOLS: ConnectionTools = {
	createSocket: (address) => new WebSocket(address),
	pauses: { first: 300, longest: 4000 },
	silentMs: LIMITS.silentMs
};

interface Owner<In> {
	/** Address of the WebSocket, `wss://…/room`. */
	readonly address: string;
	readonly schema: v.GenericSchema<unknown, In>;
	/** Says who connects. */
	readonly hello: () => Hello;
	readonly onFrame: (frame: In) => void;
	/** The connection is lost; it is tried again unless the refusal is final. */
	readonly onLost: (refusal: Refusal | null, final: boolean) => void;
	/** Whether to try again after this refusal. */
	readonly passes: (refusal: Refusal) => boolean;
}

const REFUSED_BY = new Map<number, Refusal>(
	Object.entries(REFUSALS).map(([refusal, code]) => [code, refusal as Refusal] as const)
);
/** The code with which `ws` refuses a frame that is too large. */
const TOO_LARGE = 1009;

export class Connection<In, Out extends { readonly kind: string }> {
	readonly #owner: Owner<In>;
	readonly #tools: ConnectionTools;
	#socket: WebSocket | null = null;
	#closed = false;
	#failures = 0;
	#again: ReturnType<typeof setTimeout> | undefined;
	#silence: ReturnType<typeof setTimeout> | undefined;

	constructor(owner: Owner<In>, tools: ConnectionTools) {
		this.#owner = owner;
		this.#tools = tools;
		this.#connect();
	}

	/** Sends a frame if the connection is open; false if it is not. */
	send(frame: Out | Hello | { readonly kind: 'beat' }): boolean {
		if (this.#socket?.readyState !== 1) return false;
		this.#socket.send(JSON.stringify(frame));
		return true;
	}

	close(): void {
		this.#closed = true;
		clearTimeout(this.#again);
		clearTimeout(this.#silence);
		this.#socket?.close();
		this.#socket = null;
	}

	#connect(): void {
		const socket = this.#tools.createSocket(this.#owner.address);
		this.#socket = socket;
		const current = () => socket === this.#socket;
		socket.addEventListener('open', () => current() && this.send(this.#owner.hello()));
		socket.addEventListener('message', ({ data }) => current() && this.#receive(String(data)));
		socket.addEventListener('close', ({ code }) => current() && this.#lose(code));
		// A close event follows every error; without a listener, Node would end.
		socket.addEventListener('error', () => {});
		this.#listen();
	}

	/** Waits for the next sign of life. */
	#listen(): void {
		clearTimeout(this.#silence);
		this.#silence = setTimeout(() => {
			// Without a network the closing handshake may take minutes: do not wait for it.
			const silent = this.#socket;
			this.#lose(REFUSALS.silent);
			silent?.close();
		}, this.#tools.silentMs);
	}

	#receive(text: string): void {
		this.#listen();
		let frame: unknown;
		try {
			frame = JSON.parse(text);
		} catch {
			return;
		}
		const read = v.safeParse(this.#owner.schema, frame, { abortEarly: true });
		if (!read.success) return;
		this.#failures = 0;
		if ((read.output as { kind?: string }).kind === 'beat') this.send({ kind: 'beat' });
		else this.#owner.onFrame(read.output);
	}

	#lose(code: number): void {
		clearTimeout(this.#silence);
		this.#socket = null;
		const refusal = code === TOO_LARGE ? 'malformed' : (REFUSED_BY.get(code) ?? null);
		const final = refusal !== null && !this.#owner.passes(refusal);
		if (final) this.#closed = true;
		this.#owner.onLost(refusal, final);
		if (this.#closed) return;
		const { first, longest } = this.#tools.pauses;
		const pause = Math.min(longest, first * 2 ** this.#failures++);
		// A random part, so that a class does not come back all at once.
		this.#again = setTimeout(() => this.#connect(), pause * (0.5 + Math.random() / 2));
	}
}
