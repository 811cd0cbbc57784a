/**
 * Reads Python pickles, protocols 0 to 5, as data: nothing that a file names is looked up or run. A file may only use the
 * classes and functions of the caller's table; any other is refused by name.
 *
 * Of the npm packages, pickleparser 0.2.1 comes closest. It constructs and calls whatever lies on its stack, decodes Python
 * 2's strings as Windows-1252, which changes image bytes, reads negative long integers as positive, and has no limits.
 */
import { latin1 } from './latin1';

export type PickleProblem =
	/** The file ends within the pickle. */
	| { readonly code: 'pickle-cut'; readonly offset: number }
	/** The pickle uses a class or function that is not in the table; `posix.system`. */
	| { readonly code: 'pickle-global'; readonly global: string }
	| { readonly code: 'pickle-damaged'; readonly offset: number; readonly found: string }
	| { readonly code: 'pickle-large'; readonly offset: number };

export class PickleError extends Error {
	override readonly name = 'PickleError';
	constructor(readonly problem: PickleProblem) {
		super(JSON.stringify(problem));
	}
}

/** Makes a value where the pickle calls a class or function; null for a name that a pickle may mention but not call. */
export type Maker = ((...args: unknown[]) => unknown) | null;

/** A class or function that the pickle names, as a value: an argument or a type of storage. */
export class Global {
	constructor(
		/** Module and name, `torch.FloatStorage`. */
		readonly name: string,
		readonly make: Maker
	) {}
}

/** A value that takes a state after it was made, as Python's `__setstate__` does. */
export abstract class Stateful {
	abstract setState(state: unknown): void;
}

/** An instance of a class that is not in the table, kept as data. */
export class Instance extends Stateful {
	readonly items = new Map<unknown, unknown>();
	readonly list: unknown[] = [];
	state: unknown = null;
	constructor(
		readonly of: string,
		readonly args: readonly unknown[]
	) {
		super();
	}
	setState(state: unknown) {
		this.state = state;
	}
}

export interface PickleOptions {
	/** Allowed classes and functions by module and name. */
	readonly globals: Readonly<Record<string, Maker>>;
	/** Whether instances of other classes are kept as `Instance`; other functions are refused all the same. */
	readonly instances?: boolean;
	/** The value of a persistent id; such ids are refused if absent. */
	readonly persistent?: (id: unknown) => unknown;
	/** First byte of the pickle. */
	readonly at?: number;
}

/** A pickle of CIFAR-100 has 300,000 instructions; each can make an object from one byte. */
const MOST_INSTRUCTIONS = 2e6;
/** More than any function takes. */
const MOST_ARGUMENTS = 1000;
/** Longest number, in bytes or digits. */
const LONGEST_NUMBER = 1024;

/** A string of Python 3, or of Python 2, where strings are bytes; null for another value. */
export const textOf = (value: unknown): string | null =>
	typeof value === 'string' ? value : value instanceof Uint8Array ? latin1(value) : null;

/** The number, exact: a bigint if it is too large for a number. */
const exact = (value: bigint) =>
	value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;

function littleEndian(bytes: Uint8Array): number | bigint {
	let value = 0n;
	for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
	return exact(BigInt.asIntN(8 * bytes.length, value));
}

const ESCAPES: Readonly<Record<string, string>> = {
	...{ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
	...{ '\n': '', '\\': '\\', "'": "'", '"': '"' }
};
/** The bytes of a string of Python 2 as `repr` writes it, without its quotes. */
const unescaped = (text: string) =>
	Uint8Array.from(
		text.replace(/\\(x[\da-f]{2}|[0-7]{1,3}|[^])/gi, (whole, escape: string) =>
			/^x./i.test(escape)
				? String.fromCharCode(parseInt(escape.slice(1), 16))
				: /^[0-7]/.test(escape)
					? String.fromCharCode(parseInt(escape, 8) & 255)
					: (ESCAPES[escape] ?? whole)
		),
		(character) => character.charCodeAt(0)
	);
const unescapedUnicode = (text: string) =>
	text.replace(/\\u([\da-fA-F]{4})|\\U([\da-fA-F]{8})/g, (whole, short?: string, long?: string) => {
		const code = parseInt(short ?? long ?? '', 16);
		return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
	});

/**
 * Reads one pickle. Tuples and lists become arrays, sets `Set`s, dicts `Map`s, `None` null, and bytes, like the strings of
 * Python 2, `Uint8Array`s that share memory with the file; as the key of a dict they are strings.
 * @returns the value, and the offset after the pickle
 * @throws PickleError
 */
export function unpickle(
	file: Uint8Array,
	{ globals, instances = false, persistent, at = 0 }: PickleOptions
): { readonly value: unknown; readonly end: number } {
	const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
	const stack: unknown[] = [];
	const marks: number[] = [];
	const memo = new Map<number, unknown>();

	const damaged = (found: string) => new PickleError({ code: 'pickle-damaged', offset: at, found });
	const take = (length: number | bigint): Uint8Array => {
		if (length < 0) throw damaged('a negative length');
		if (length > file.length - at) throw new PickleError({ code: 'pickle-cut', offset: at });
		return file.subarray(at, (at += Number(length)));
	};
	/** Moves on by so many bytes and returns the offset before them. */
	const move = (length: number) => take(length).byteOffset - file.byteOffset;
	const line = (longest = Infinity): string => {
		const end = file.indexOf(10, at);
		if (end < 0) throw new PickleError({ code: 'pickle-cut', offset: at });
		if (end - at > longest) throw damaged('a number that is too long');
		return latin1(file.subarray(at, (at = end + 1) - 1));
	};
	const u8 = () => file[move(1)];
	const u32 = () => view.getUint32(move(4), true);
	const u64 = () => view.getBigUint64(move(8), true);
	const integer = (text: string) => {
		if (!/^\s*[+-]?\d+L?\s*$/.test(text)) throw damaged(`the number ${text}`);
		return exact(BigInt(text.trim().replace(/^\+|L$/g, '')));
	};
	const long = (length: number) => {
		if (length > LONGEST_NUMBER) throw damaged('a number that is too long');
		return littleEndian(take(length));
	};
	const utf8 = new TextDecoder();

	const pop = (): unknown => {
		if (stack.length <= (marks.at(-1) ?? 0)) throw damaged('an instruction without its value');
		return stack.pop();
	};
	const popMark = (): unknown[] => {
		const mark = marks.pop();
		if (mark === undefined) throw damaged('an instruction without its mark');
		return stack.splice(mark);
	};
	const top = (): unknown => {
		const value = pop();
		stack.push(value);
		return value;
	};
	const push = (value: unknown) => void stack.push(value);
	const list = (value: unknown): unknown[] => {
		if (!Array.isArray(value)) throw damaged('arguments that are no tuple');
		return value;
	};

	const remember = (key: number) => void memo.set(key, top());
	const recall = (key: number) => {
		if (!memo.has(key)) throw damaged('a reference to a value that is not there');
		push(memo.get(key));
	};
	const global = (module: unknown, of: unknown): Global => {
		const name = `${textOf(module) ?? '?'}.${textOf(of) ?? '?'}`;
		const known = Object.hasOwn(globals, name);
		if (!known && !instances) throw new PickleError({ code: 'pickle-global', global: name });
		return new Global(name, known ? globals[name] : null);
	};
	const call = (what: unknown, args: unknown[]) => {
		if (!(what instanceof Global)) throw damaged('a call of something that is no function');
		if (args.length > MOST_ARGUMENTS) throw damaged('too many arguments');
		if (!what.make) throw new PickleError({ code: 'pickle-global', global: what.name });
		return what.make(...args);
	};
	const construct = (what: unknown, args: unknown[]) =>
		instances && what instanceof Global && !Object.hasOwn(globals, what.name)
			? new Instance(what.name, args)
			: call(what, args);
	const append = (to: unknown, values: readonly unknown[]) => {
		if (to instanceof Instance) to = to.list;
		if (to instanceof Set) for (const value of values) to.add(value);
		else for (const value of values) list(to).push(value);
	};
	const setItems = (to: unknown, items: readonly unknown[]) => {
		if (to instanceof Instance) to = to.items;
		if (!(to instanceof Map) || items.length % 2)
			throw damaged('items of something that is no dict');
		for (let i = 0; i < items.length; i += 2) to.set(textOf(items[i]) ?? items[i], items[i + 1]);
		return to;
	};
	const persist = (id: unknown) => {
		if (!persistent) throw damaged('a persistent id');
		return persistent(id);
	};

	/** By opcode, in the order of Python's pickletools.py. */
	const instructions: Readonly<Record<string, () => void>> = {
		// Numbers.
		I: () => {
			const text = line(LONGEST_NUMBER);
			push(text === '01' ? true : text === '00' ? false : integer(text));
		},
		J: () => push(view.getInt32(move(4), true)),
		K: () => push(u8()),
		M: () => push(view.getUint16(move(2), true)),
		L: () => push(integer(line(LONGEST_NUMBER))),
		'\x8a': () => push(long(u8())),
		'\x8b': () => push(long(u32())),
		F: () => {
			const text = line(LONGEST_NUMBER).trim();
			const named = { nan: NaN, inf: Infinity, '-inf': -Infinity }[text];
			push(named ?? Number(text));
		},
		G: () => push(view.getFloat64(move(8))),
		// Strings and bytes.
		S: () => {
			const text = line().trim();
			if (!/^(['"])[^]*\1$/.test(text) || text.length < 2) throw damaged('a string without quotes');
			push(unescaped(text.slice(1, -1)));
		},
		T: () => push(take(u32())),
		U: () => push(take(u8())),
		B: () => push(take(u32())),
		C: () => push(take(u8())),
		'\x8e': () => push(take(u64())),
		'\x96': () => push(take(u64())),
		V: () => push(unescapedUnicode(line())),
		'\x8c': () => push(utf8.decode(take(u8()))),
		X: () => push(utf8.decode(take(u32()))),
		'\x8d': () => push(utf8.decode(take(u64()))),
		// None, booleans, tuples, lists, dicts, sets.
		N: () => push(null),
		'\x88': () => push(true),
		'\x89': () => push(false),
		']': () => push([]),
		a: () => {
			const value = pop();
			append(top(), [value]);
		},
		e: () => {
			const values = popMark();
			append(top(), values);
		},
		l: () => push(popMark()),
		')': () => push([]),
		t: () => push(popMark()),
		'\x85': () => push([pop()]),
		'\x86': () => push([pop(), pop()].reverse()),
		'\x87': () => push([pop(), pop(), pop()].reverse()),
		'}': () => push(new Map()),
		d: () => push(setItems(new Map(), popMark())),
		s: () => {
			const items = [pop(), pop()].reverse();
			setItems(top(), items);
		},
		u: () => {
			const items = popMark();
			setItems(top(), items);
		},
		'\x8f': () => push(new Set()),
		'\x90': () => {
			const values = popMark();
			append(top(), values);
		},
		'\x91': () => push(new Set(popMark())),
		// The stack and the memo.
		'0': () => {
			// After a mark, the mark itself is removed.
			if (marks.length && marks.at(-1) === stack.length) marks.pop();
			else pop();
		},
		'2': () => push(top()),
		'(': () => void marks.push(stack.length),
		'1': () => void popMark(),
		g: () => recall(Number(line(LONGEST_NUMBER))),
		h: () => recall(u8()),
		j: () => recall(u32()),
		p: () => remember(Number(line(LONGEST_NUMBER))),
		q: () => remember(u8()),
		r: () => remember(u32()),
		'\x94': () => remember(memo.size),
		// Classes and functions.
		c: () => push(global(line(), line())),
		'\x93': () => {
			const name = pop();
			push(global(pop(), name));
		},
		R: () => {
			const args = list(pop());
			push(call(pop(), args));
		},
		b: () => {
			const state = pop();
			const target = top();
			// Attributes of a dict or of a value that is not kept are not kept either.
			if (target instanceof Stateful) target.setState(state);
		},
		i: () => {
			const what = global(line(), line());
			push(construct(what, popMark()));
		},
		o: () => {
			const [what, ...args] = popMark();
			push(construct(what, args));
		},
		'\x81': () => {
			const args = list(pop());
			push(construct(pop(), args));
		},
		'\x92': () => {
			pop();
			const args = list(pop());
			push(construct(pop(), args));
		},
		// The file.
		'\x80': () => {
			if (u8() > 5) throw damaged('a protocol that is newer than 5');
		},
		'\x95': () => void take(8),
		P: () => push(persist(line())),
		Q: () => push(persist(pop())),
		'\x98': () => push(top())
	};
	const byCode = Array.from({ length: 256 }, (_, code) => instructions[String.fromCharCode(code)]);

	for (let count = 0; ; count++) {
		if (count > MOST_INSTRUCTIONS) throw new PickleError({ code: 'pickle-large', offset: at });
		const code = u8();
		// Stop.
		if (code === 0x2e) return { value: pop(), end: at };
		const instruction = byCode[code] as (() => void) | undefined;
		if (!instruction) {
			at--;
			throw damaged(`the byte 0x${code.toString(16).padStart(2, '0')}`);
		}
		instruction();
	}
}
