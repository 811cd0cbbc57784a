/**
 * Drives Firefox and WebKit as Debian ships them by the commands of WebDriver: Firefox over its own Marionette protocol
 * (Debian has no geckodriver, which would only translate), WebKitGTK's MiniBrowser over HTTP.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROGRAMS, type BrowserName } from '../../scripts/browsers.mjs';

/** WebDriver's commands that are used here: their HTTP method and path, and Marionette's name. */
const COMMANDS = {
	actions: ['POST', '/actions', 'WebDriver:PerformActions'],
	click: ['POST', '/element/{id}/click', 'WebDriver:ElementClick'],
	element: ['POST', '/element', 'WebDriver:FindElement'],
	go: ['POST', '/url', 'WebDriver:Navigate'],
	script: ['POST', '/execute/async', 'WebDriver:ExecuteAsyncScript'],
	size: ['POST', '/window/rect', 'WebDriver:SetWindowRect'],
	timeouts: ['POST', '/timeouts', 'WebDriver:SetTimeouts'],
	type: ['POST', '/element/{id}/value', 'WebDriver:ElementSendKeys']
} as const;

type Command = keyof typeof COMMANDS;
type Parameters = Readonly<Record<string, unknown>>;
type Send = (command: Command, parameters: Parameters) => Promise<unknown>;

/** The key of an element's id in WebDriver's messages. */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

/** How long a browser and its driver may take to start, in milliseconds: cold, from a slow disk. */
const STARTS_WITHIN_MS = 60_000;

/** A browser with a fresh profile. */
export class Driver {
	/** What the browser is, by its own words. */
	readonly version: string;
	/** Where it puts downloads. */
	readonly downloads: string;
	readonly #started: Started;

	private constructor(started: Started) {
		this.#started = started;
		this.version = started.version;
		this.downloads = started.downloads;
	}

	static async start(name: BrowserName): Promise<Driver> {
		const driver = new Driver(await (name === 'firefox' ? startFirefox() : startWebKit()));
		await driver.#send('timeouts', { script: 120_000, pageLoad: 60_000, implicit: 10_000 });
		await driver.#send('size', { width: 1280, height: 800 });
		return driver;
	}

	get #send(): Send {
		return this.#started.send;
	}

	go(url: string): Promise<unknown> {
		return this.#send('go', { url });
	}

	/** Runs a function of plain JavaScript in the page; its arguments and its result are JSON. */
	async evaluate<A extends readonly unknown[], R>(
		body: (...args: A) => R | Promise<R>,
		...args: A
	): Promise<R> {
		const script = `const done = arguments[arguments.length - 1];
			Promise.resolve().then(() => (${body})(...[...arguments].slice(0, -1))).then(
				(value) => done({ value }),
				(error) => done({ error: \`\${error}\n\${error?.stack}\` }));`;
		const told = (await this.#send('script', { script, args })) as { value: R; error?: string };
		if (told.error !== undefined) throw new Error(`In the page: ${told.error}`);
		return told.value;
	}

	/** Clicks the first element that an XPath finds, as a pointer does: what covers it fails the click. */
	async click(xpath: string): Promise<void> {
		await this.#send('click', { id: await this.#find(xpath) });
	}

	/** Types into an element; the paths of files, into a file input. */
	async type(xpath: string, text: string): Promise<void> {
		await this.#send('type', { id: await this.#find(xpath), text });
	}

	/** Puts fingers down, each at the first of its points, moves them to the others, and lifts them. */
	async touch(
		...fingers: readonly (readonly (readonly [x: number, y: number])[])[]
	): Promise<void> {
		const actions = fingers.map((points, finger) => {
			const [start, ...moves] = points.map(([x, y], i) => ({
				type: 'pointerMove',
				duration: i ? 300 : 0,
				x,
				y
			}));
			return {
				type: 'pointer',
				id: `finger ${finger}`,
				parameters: { pointerType: 'touch' },
				actions: [
					start,
					{ type: 'pointerDown', button: 0 },
					...moves,
					{ type: 'pointerUp', button: 0 }
				]
			};
		});
		await this.#send('actions', { actions });
	}

	async #find(value: string): Promise<string> {
		const found = await this.#send('element', { using: 'xpath', value });
		return (found as Record<string, string>)[ELEMENT];
	}

	close(): Promise<void> {
		return this.#started.close();
	}
}

interface Started {
	readonly version: string;
	readonly downloads: string;
	readonly send: Send;
	close(): Promise<void>;
}

/** A folder that is both the browser's profile and its home, and the processes that live in it. */
class Home {
	readonly path = mkdtempSync(join(tmpdir(), 'browser-'));
	readonly downloads = join(this.path, 'downloads');
	readonly printed: string[] = [];
	readonly #running: ChildProcess[] = [];

	constructor() {
		mkdirSync(this.downloads);
		process.once('exit', () => this.#running.forEach((child) => kill(child, 'SIGKILL')));
	}

	start(program: string, args: readonly string[], env: Record<string, string> = {}): ChildProcess {
		const child = spawn(program, args, {
			env: { ...process.env, HOME: this.path, ...env },
			// 3: where Xvfb tells its display's number.
			stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
			detached: true
		});
		for (const stream of [child.stdout!, child.stderr!])
			stream.on('data', (text) => this.printed.push(...String(text).split('\n').filter(Boolean)));
		child.on('error', (error) => this.printed.push(String(error)));
		this.#running.push(child);
		return child;
	}

	/** Waits until something answers. */
	async until<T>(what: string, ask: () => T | Promise<T>): Promise<NonNullable<T>> {
		for (const end = Date.now() + STARTS_WITHIN_MS; Date.now() < end; await sleep(100)) {
			try {
				const answer = await ask();
				if (answer !== null && answer !== undefined) return answer;
			} catch {
				// not yet
			}
		}
		await this.close();
		throw new Error(`${what} did not start. It printed:\n${this.printed.slice(-20).join('\n')}`);
	}

	/** Ends the processes, the last one first: a display outlives what is drawn on it. */
	async close(): Promise<void> {
		for (const child of this.#running.reverse()) {
			if (child.exitCode === null) {
				const ended = new Promise((resolve) => child.once('exit', resolve));
				kill(child, 'SIGTERM');
				await Promise.race([ended, sleep(5000)]);
			}
			kill(child, 'SIGKILL');
		}
		rmSync(this.path, { recursive: true, force: true, maxRetries: 10 });
	}
}

/** Ends a process and its children. */
function kill({ pid }: ChildProcess, signal: NodeJS.Signals): void {
	try {
		if (pid !== undefined) process.kill(-pid, signal);
	} catch {
		// None of them is left.
	}
}

async function startFirefox(): Promise<Started> {
	const home = new Home();
	const settings = {
		'browser.download.dir': home.downloads,
		'browser.download.folderList': 2,
		'browser.shell.checkDefaultBrowser': false,
		'dom.maxtouchpoints.testing.value': 2,
		'dom.w3c_touch_events.enabled': 1,
		'datareporting.policy.dataSubmissionEnabled': false,
		'marionette.port': 0,
		'network.captive-portal-service.enabled': false,
		'network.connectivity-service.enabled': false,
		'toolkit.telemetry.reportingpolicy.firstRun': false
	};
	writeFileSync(
		join(home.path, 'user.js'),
		Object.entries(settings)
			.map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
			.join('')
	);
	home.start(PROGRAMS.firefox.browser, [
		'--headless',
		'--marionette',
		'--no-remote',
		'--profile',
		home.path
	]);
	const port = await home.until('Firefox', () =>
		Number(readFileSync(join(home.path, 'MarionetteActivePort'), 'utf8'))
	);
	const marionette = await home.until('Marionette', () => Marionette.connect(port));
	const { capabilities } = (await marionette.send('WebDriver:NewSession', {})) as {
		capabilities: Record<string, string>;
	};
	return {
		version: `Firefox ${capabilities.browserVersion}`,
		downloads: home.downloads,
		send: (command, parameters) => marionette.send(COMMANDS[command][2], parameters),
		close: async () => {
			marionette.close();
			await home.close();
		}
	};
}

/** Messages `length:json`: `[0, id, command, parameters]` there, `[1, id, error, result]` back. */
class Marionette {
	readonly #socket: Socket;
	readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(e: Error): void }>();
	#received = Buffer.alloc(0);
	#last = 0;

	private constructor(socket: Socket) {
		this.#socket = socket;
		socket.on('data', (bytes) => {
			this.#received = Buffer.concat([this.#received, bytes]);
			for (let message = this.#next(); message; message = this.#next()) this.#answer(message);
		});
		socket.on('close', () => {
			for (const { reject } of this.#waiting.values()) reject(new Error('Firefox has ended'));
		});
	}

	static async connect(port: number): Promise<Marionette> {
		const socket = connect(port, '127.0.0.1');
		await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
		return new Marionette(socket);
	}

	send(command: string, parameters: Parameters): Promise<unknown> {
		const id = ++this.#last;
		const message = Buffer.from(JSON.stringify([0, id, command, parameters]));
		this.#socket.write(`${message.length}:`);
		this.#socket.write(message);
		return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
	}

	close(): void {
		this.#socket.destroy();
	}

	#next(): unknown {
		const colon = this.#received.indexOf(':');
		const end = colon + 1 + Number(this.#received.subarray(0, Math.max(0, colon)));
		if (colon < 0 || this.#received.length < end) return null;
		const message = JSON.parse(String(this.#received.subarray(colon + 1, end)));
		this.#received = this.#received.subarray(end);
		return message;
	}

	#answer(message: unknown): void {
		if (!Array.isArray(message)) return; // its greeting
		const [, id, error, result] = message;
		const waiting = this.#waiting.get(id);
		this.#waiting.delete(id);
		if (error) waiting?.reject(new Error(`${error.error}: ${error.message}`));
		else waiting?.resolve(result && 'value' in result ? result.value : result);
	}
}

async function startWebKit(): Promise<Started> {
	const home = new Home();
	mkdirSync(join(home.path, '.config'));
	writeFileSync(join(home.path, '.config/user-dirs.dirs'), 'XDG_DOWNLOAD_DIR="$HOME/downloads"\n');
	let display = '';
	home
		.start(PROGRAMS.webkit.display, [
			'-displayfd',
			'3',
			'-screen',
			'0',
			'1600x1000x24',
			'-nolisten',
			'tcp'
		])
		.stdio[3]!.on('data', (text) => (display += String(text)));
	await home.until('Xvfb', () => /\d+\n/.exec(display));
	const port = await freePort();
	home.start(PROGRAMS.webkit.driver, [`--port=${port}`], {
		DISPLAY: `:${display.trim()}`,
		XDG_CONFIG_HOME: join(home.path, '.config'),
		XDG_DATA_HOME: join(home.path, 'data'),
		XDG_CACHE_HOME: join(home.path, 'cache'),
		GDK_BACKEND: 'x11',
		NO_AT_BRIDGE: '1'
	});
	let path = '/session';
	const ask = async (method: string, place: string, parameters: Parameters): Promise<unknown> => {
		const response = await fetch(`http://127.0.0.1:${port}${place}`, {
			method,
			body: method === 'POST' ? JSON.stringify(parameters) : undefined
		});
		const { value } = (await response.json()) as { value: { error: string; message: string } };
		if (!response.ok) throw new Error(`${value.error}: ${value.message}`);
		return value;
	};
	await home.until('WebKitWebDriver', () => ask('GET', '/status', {}));
	const wanted = {
		'webkitgtk:browserOptions': {
			binary: PROGRAMS.webkit.browser,
			args: ['--automation']
		}
	};
	const session = (await ask('POST', path, { capabilities: { alwaysMatch: wanted } }).catch(
		async (error) => {
			await home.close();
			throw new Error(`${error.message}\n${home.printed.slice(-20).join('\n')}`);
		}
	)) as { sessionId: string; capabilities: Record<string, string> };
	path += `/${session.sessionId}`;
	return {
		version: `WebKitGTK ${session.capabilities.browserVersion}`,
		downloads: home.downloads,
		send: (command, parameters) => {
			const [method, place] = COMMANDS[command];
			const { id, ...rest } = parameters;
			return ask(method, `${path}${place.replace('{id}', String(id))}`, rest);
		},
		close: async () => {
			await ask('DELETE', path, {}).catch(() => {});
			await home.close();
		}
	};
}

async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	await new Promise((resolve) => server.close(resolve));
	return port;
}
