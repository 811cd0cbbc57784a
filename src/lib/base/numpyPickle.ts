/** The part of NumPy that pickles of arrays use, for `unpickle`. */
import { PickleError, Stateful, textOf, type Maker } from './pickle';

const unknown = (found: string) =>
	new PickleError({ code: 'pickle-damaged', offset: 0, found: `NumPy: ${found}` });

/** A type of numbers, `<i8`; types with fields and objects are refused. */
class NumpyType extends Stateful {
	/** `u` unsigned, `i` signed, `f` float, `b` boolean; others as NumPy has them. */
	readonly kind: string;
	/** Bytes of a number. */
	readonly size: number;
	littleEndian = true;
	constructor(name: string) {
		super();
		const [, kind, size] = /^[<>|=]?([a-zA-Z])(\d*)$/.exec(name) ?? [];
		if (!kind || kind === 'O' || kind === 'V') throw unknown(`arrays of type ${name}`);
		this.kind = kind === '?' ? 'b' : kind;
		this.size = Number(size || 1);
	}
	setState(state: unknown) {
		const order = Array.isArray(state) ? textOf(state[1]) : null;
		if (order === null) throw unknown('a type without its order of bytes');
		this.littleEndian = order !== '>';
	}
}

/** An array in NumPy's memory layout. */
export class NumpyArray extends Stateful {
	shape: readonly number[] = [];
	type = new NumpyType('u1');
	/** Whether the first index runs fastest, as in Fortran. */
	fortran = false;
	bytes: Uint8Array = new Uint8Array(0);
	setState(state: unknown) {
		const [, shape, type, fortran, data] = Array.isArray(state) ? (state as unknown[]) : [];
		this.#set(data, type, shape, fortran === true);
	}
	static from(data: unknown, type: unknown, shape: unknown, fortran: boolean): NumpyArray {
		const array = new NumpyArray();
		array.#set(data, type, shape, fortran);
		return array;
	}
	#set(data: unknown, type: unknown, shape: unknown, fortran: boolean) {
		if (!(type instanceof NumpyType) || !(data instanceof Uint8Array))
			throw unknown('an array without its numbers');
		if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= 0))
			throw unknown('an array without its shape');
		const sizes = shape as number[];
		if (sizes.reduce((a, b) => a * b, type.size) !== data.length)
			throw unknown(`${data.length} bytes for the shape [${sizes.join(', ')}]`);
		this.shape = sizes;
		this.type = type;
		this.fortran = fortran;
		this.bytes = data;
	}
}

type Get = (view: DataView, at: number, littleEndian: boolean) => number;
const GETS: Readonly<Record<string, Get>> = {
	b1: (view, at) => view.getUint8(at),
	u1: (view, at) => view.getUint8(at),
	i1: (view, at) => view.getInt8(at),
	u2: (view, at, little) => view.getUint16(at, little),
	i2: (view, at, little) => view.getInt16(at, little),
	u4: (view, at, little) => view.getUint32(at, little),
	i4: (view, at, little) => view.getInt32(at, little),
	u8: (view, at, little) => Number(view.getBigUint64(at, little)),
	i8: (view, at, little) => Number(view.getBigInt64(at, little)),
	f4: (view, at, little) => view.getFloat32(at, little),
	f8: (view, at, little) => view.getFloat64(at, little)
};

/** The numbers in the order of the memory. @throws PickleError for a type that has no such numbers */
export function numpyNumbers({ type, bytes }: Pick<NumpyArray, 'type' | 'bytes'>): Float64Array {
	const { kind, size, littleEndian } = type;
	const get = GETS[kind + size] as Get | undefined;
	if (!get || bytes.length % size) throw unknown(`numbers of type ${kind}${size}`);
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	return Float64Array.from({ length: bytes.length / size }, (_, i) =>
		get(view, i * size, littleEndian)
	);
}

const MULTIARRAY: Readonly<Record<string, Maker>> = {
	_reconstruct: () => new NumpyArray(),
	scalar: (type, bytes) =>
		type instanceof NumpyType && bytes instanceof Uint8Array && bytes.length === type.size
			? Object.hasOwn(GETS, type.kind + type.size)
				? numpyNumbers({ type, bytes })[0]
				: bytes
			: null
};
const NUMERIC: Readonly<Record<string, Maker>> = {
	_frombuffer: (data, type, shape, order) =>
		NumpyArray.from(data, type, shape, textOf(order) === 'F')
};
const named = (module: string, table: Readonly<Record<string, Maker>>) =>
	Object.fromEntries(Object.entries(table).map(([name, make]) => [`${module}.${name}`, make]));

/** NumPy's classes and functions in pickles of its versions 1 and 2; bytes in pickles of protocol 2 by Python 3. */
export const NUMPY_GLOBALS: Readonly<Record<string, Maker>> = {
	...named('numpy.core.multiarray', MULTIARRAY),
	...named('numpy._core.multiarray', MULTIARRAY),
	...named('numpy.core.numeric', NUMERIC),
	...named('numpy._core.numeric', NUMERIC),
	'numpy.ndarray': null,
	'numpy.dtype': (name) => new NumpyType(textOf(name) ?? '?'),
	'_codecs.encode': (text) =>
		Uint8Array.from(textOf(text) ?? '', (character) => character.charCodeAt(0))
};
