import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { findPython } from '../../../scripts/python.mjs';
import { latin1 } from './latin1';
import { NUMPY_GLOBALS, NumpyArray, numpyNumbers } from './numpyPickle';
import { Instance, PickleError, unpickle, type PickleOptions } from './pickle';

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));
const read = (text: string, options: Partial<PickleOptions> = {}) =>
	unpickle(bytes(text), { globals: {}, ...options }).value;
function problem(text: string, options: Partial<PickleOptions> = {}) {
	try {
		return read(text, options);
	} catch (error) {
		expect(error).toBeInstanceOf(PickleError);
		return (error as PickleError).problem;
	}
}

describe('a pickle', () => {
	it('of Python 2 has bytes for its strings, and strings for the keys of dicts', () => {
		// pickle.dumps({'data': '\x80\x9f\n', 'labels': [1, -2L]}, protocol) of Python 2.7, protocols 0 and 2
		const of0 = "(dp0\nS'data'\np1\nS'\\x80\\x9f\\n'\np2\nsS'labels'\np3\n(lp4\nI1\naL-2L\nas.";
		const of2 =
			'\x80\x02}q\0(U\x04dataq\x01U\x03\x80\x9f\nq\x02U\x06labelsq\x03]q\x04(K\x01\x8a\x01\xfeeu.';
		for (const text of [of0, of2])
			expect(read(text)).toEqual(
				new Map<string, unknown>([
					['data', Uint8Array.of(0x80, 0x9f, 10)],
					['labels', [1, -2]]
				])
			);
	});

	it('may hold numbers of any length', () => {
		expect(read('\x8a\x09' + '\0'.repeat(8) + '\x01.')).toBe(1n << 64n);
		expect(read('L-36893488147419103232L\n.')).toBe(-(1n << 65n));
		expect(read('I00\n.')).toBe(false);
		expect(read('F-inf\n.')).toBe(-Infinity);
		expect(read('G\x3f\xf8\0\0\0\0\0\0.')).toBe(1.5);
		expect(read('V\\u4e2d\\U0001f600\n.')).toBe('中😀');
	});

	it('runs nothing: what is not in the table is refused by name', () => {
		const run = "cposix\nsystem\n(S'echo'\ntR.";
		expect(problem(run)).toEqual({ code: 'pickle-global', global: 'posix.system' });
		// Kept as data, it still may not be called.
		expect(problem(run, { instances: true })).toEqual({
			code: 'pickle-global',
			global: 'posix.system'
		});
		expect(problem('\x80\x04\x8c\x08builtins\x8c\x04eval\x93.')).toMatchObject({
			global: 'builtins.eval'
		});
		expect(problem("(S'x'\nios\nsystem\n.")).toMatchObject({ global: 'os.system' });
		expect(problem('c__proto__\nconstructor\n.')).toMatchObject({ code: 'pickle-global' });
		// A function from the memo that is not one of the table's.
		expect(problem(']q\0)R.')).toMatchObject({ code: 'pickle-damaged' });
		expect(problem('cconstructor\nname\n)R.', { globals: {} })).toMatchObject({
			global: 'constructor.name'
		});
	});

	it('keeps instances of other classes as data where that is allowed', () => {
		const value = read('ccode\nArgs\n)\x81}U\x02lrK\x01sb.', { instances: true });
		expect(value).toBeInstanceOf(Instance);
		expect(value).toMatchObject({ of: 'code.Args', state: new Map([['lr', 1]]) });
	});

	it('gives persistent ids to its reader', () => {
		expect(read('(U\x07storageU\x01ctQ.', { persistent: (id) => id })).toEqual([
			bytes('storage'),
			bytes('c')
		]);
		expect(problem('P1\n.')).toMatchObject({ code: 'pickle-damaged' });
	});

	it('that is cut, damaged or endless is told', () => {
		const whole = '\x80\x02}q\0(U\x04dataq\x01U\x03abcu.';
		for (let length = 0; length < whole.length; length++)
			expect(problem(whole.slice(0, length)), String(length)).toMatchObject({ code: 'pickle-cut' });
		for (const text of [
			'\xff.',
			'.',
			'a.',
			't.',
			'h\x05.',
			'Iabc\n.',
			'K\x01K\x02s.',
			'\x80\x06N.',
			'S"\n.'
		])
			expect(problem(text), JSON.stringify(text)).toMatchObject({ code: 'pickle-damaged' });
		// Lengths of 2³² and 2⁶⁴ bytes.
		expect(problem('X\xff\xff\xff\xff')).toMatchObject({ code: 'pickle-cut' });
		expect(problem('\x8e' + '\xff'.repeat(8))).toMatchObject({ code: 'pickle-cut' });
		expect(problem('N'.repeat(2_000_002))).toMatchObject({ code: 'pickle-large' });
		expect(
			problem('cf\ng\n(' + 'N'.repeat(200_000) + 'tR.', { globals: { 'f.g': () => 1 } })
		).toMatchObject({ code: 'pickle-damaged' });
	});

	it('damaged at random gives a value or a PickleError', () => {
		const whole = bytes(
			'\x80\x02}q\0(U\x04dataq\x01U\x03\x80\x9f\nq\x02U\x06labelsq\x03]q\x04(K\x01\x8a\x01\xfee\x8c\x01ccnumpy.core.multiarray\n_reconstruct\n)Ru.'
		);
		let seed = 1;
		const next = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
		for (let i = 0; i < 5000; i++) {
			const file = whole.slice();
			for (let n = next(4); n >= 0; n--) file[next(file.length)] = next(256);
			try {
				unpickle(file, { globals: NUMPY_GLOBALS, instances: i % 2 > 0 });
			} catch (error) {
				if (!(error instanceof PickleError)) throw error;
			}
		}
	});
});

const PYTHON = findPython('numpy');
const WRITE = `
import collections, json, pickle, sys
import numpy
value = {
    b"data": numpy.arange(24, dtype=numpy.uint8).reshape(4, 6) + 200,
    b"labels": [3, 1, 0, -70000, 2**70, -(2**33)],
    "fine": numpy.array([[1, -2], [300, 4]], dtype=">i2", order="F"),
    "best": numpy.float64(0.5),
    "text": ["größe", "中😀", "", "x" * 300, "a\\\\u0041\\n"],
    "more": (None, True, False, 1.5, (), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)),
    "bytes": b"\\x00\\x80\\xff" + b"y" * 300,
    "ordered": collections.OrderedDict(a=1, b=2),
    "long": list(range(2500)),
}
value["again"] = value["text"]
for protocol in range(6):
    print(pickle.dumps(value, protocol).hex())
`;

it.skipIf(!PYTHON)('is read as Python and NumPy write it, in all protocols', () => {
	const lines = execFileSync(PYTHON!, ['-c', WRITE], { maxBuffer: 64e6 }).toString().trim();
	const files = lines.split('\n').map((line) => Uint8Array.from(Buffer.from(line, 'hex')));
	expect(files).toHaveLength(6);
	for (const file of files) {
		const { value, end } = unpickle(file, {
			globals: { ...NUMPY_GLOBALS, 'collections.OrderedDict': (items) => new Map(items as []) }
		});
		expect(end).toBe(file.length);
		const got = value as Map<string, unknown>;
		const data = got.get('data') as NumpyArray;
		expect(data).toBeInstanceOf(NumpyArray);
		expect([...data.bytes]).toEqual(Array.from({ length: 24 }, (_, i) => 200 + i));
		expect(data).toMatchObject({ shape: [4, 6], fortran: false, type: { kind: 'u', size: 1 } });
		expect(got.get('labels')).toEqual([3, 1, 0, -70000, 2n ** 70n, -(2 ** 33)]);
		const fine = got.get('fine') as NumpyArray;
		expect(fine).toMatchObject({ shape: [2, 2], fortran: true });
		expect([...numpyNumbers(fine)]).toEqual([1, 300, -2, 4]);
		expect(got.get('best')).toBe(0.5);
		expect(got.get('text')).toEqual(['größe', '中😀', '', 'x'.repeat(300), 'a\\u0041\n']);
		expect(got.get('again')).toBe(got.get('text'));
		expect(got.get('more')).toEqual([
			...[null, true, false, 1.5, [], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4]]
		]);
		expect(latin1(got.get('bytes') as Uint8Array)).toBe('\0\x80\xff' + 'y'.repeat(300));
		expect([...(got.get('ordered') as Map<string, number>)]).toEqual([
			['a', 1],
			['b', 2]
		]);
		expect(got.get('long')).toHaveLength(2500);
	}
});
