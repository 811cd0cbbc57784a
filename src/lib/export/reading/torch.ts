/**
 * Reads the state dicts that `torch.save` writes, in its zip format and in the one before PyTorch 1.6, without running
 * anything that they name.
 */
import { latin1 } from '$lib/base/latin1';
import { NUMPY_GLOBALS } from '$lib/base/numpyPickle';
import {
	Global,
	Instance,
	PickleError,
	textOf,
	unpickle,
	type Maker,
	type PickleOptions
} from '$lib/base/pickle';
import { ZipError, type Zipped } from '$lib/base/zip';
import { countOf, NUMBER_TYPES, toFloats, type NumberType, type StoredTensor } from './numbers';
import { WeightsError, type LeftOut, type WeightsWarning } from './problems';

/** What a file of PyTorch holds. */
export interface TorchFile {
	readonly tensors: Map<string, StoredTensor>;
	readonly warnings: readonly WeightsWarning[];
	/** Entries of the state dict that are no tensors. */
	readonly leftOut: readonly LeftOut[];
}

const damaged = (detail: string) => new WeightsError({ code: 'damaged', detail });

/** Classes of storages by number type: `torch.FloatStorage`, `torch.cuda.HalfStorage`. */
const STORAGES: Readonly<Record<string, NumberType>> = {
	...{ Double: 'F64', Float: 'F32', Half: 'F16', BFloat16: 'BF16' },
	...{ Long: 'I64', Int: 'I32', Short: 'I16', Char: 'I8', Byte: 'U8', Bool: 'BOOL' },
	...{ ComplexFloat: 'C64', ComplexDouble: 'C128' }
};
const DTYPES: Readonly<Record<string, NumberType>> = {
	...{ float64: 'F64', float32: 'F32', float16: 'F16', bfloat16: 'BF16' },
	...{ int64: 'I64', int32: 'I32', int16: 'I16', int8: 'I8', uint8: 'U8', bool: 'BOOL' },
	...{ uint16: 'U16', uint32: 'U32', uint64: 'U64', complex64: 'C64', complex128: 'C128' },
	...{ float8_e4m3fn: 'F8_E4M3', float8_e5m2: 'F8_E5M2' }
};

/** Numbers in a row, which tensors show in their shapes. */
class Storage {
	constructor(
		/** Null for an untyped one, whose tensors name their type. */
		readonly type: NumberType | null,
		readonly key: string,
		/** Numbers, or bytes if untyped. */
		readonly size: number,
		/** First number, for part of another storage. */
		readonly first: number
	) {}
}

/** A tensor of the pickle: number `i, j, …` is at `offset + i * strides[0] + j * strides[1] + …` of its storage. */
class TorchTensor {
	constructor(
		readonly storage: Storage,
		readonly offset: number,
		readonly shape: readonly number[],
		readonly strides: readonly number[],
		readonly type: NumberType
	) {}
}

const isIndex = (value: unknown): value is number =>
	Number.isSafeInteger(value) && Number(value) >= 0;

function tensorOf(
	storage: unknown,
	offset: unknown,
	shape: unknown,
	strides: unknown,
	dtype?: unknown
) {
	const named = dtype instanceof Global ? DTYPES[dtype.name.replace('torch.', '')] : undefined;
	const type = named ?? (storage instanceof Storage ? storage.type : null);
	if (!(storage instanceof Storage) || !type || !isIndex(offset))
		throw damaged('a tensor without its numbers');
	const count = countOf(shape);
	if (Number.isNaN(count) || Number.isNaN(countOf(strides)))
		throw damaged('a tensor without its shape');
	const [sizes, steps] = [shape as number[], strides as number[]];
	if (sizes.length !== steps.length) throw damaged('a tensor without its shape');
	const last = sizes.reduce((at, size, i) => at + (size - 1) * steps[i], offset);
	const room = storage.type ? storage.size : storage.size / NUMBER_TYPES[type].bytes;
	if (count && last >= room) throw damaged('a tensor that is larger than its numbers');
	return new TorchTensor(storage, offset, sizes, steps, type);
}

const ordered: Maker = (items) =>
	new Map(
		items instanceof Map
			? items
			: Array.isArray(items)
				? items.filter(Array.isArray).map(([key, value]) => [textOf(key) ?? key, value] as const)
				: []
	);
/** A value that weights do not need. */
const unneeded: Maker = () => null;
/** Makes tensors that are quantised or sparse. */
const unread: Maker = () => {
	throw new WeightsError({ code: 'layout' });
};
const first: Maker = (value) => value ?? null;
const named = (modules: readonly string[], names: readonly string[], make: Maker) =>
	Object.fromEntries(modules.flatMap((module) => names.map((name) => [`${module}.${name}`, make])));

/** What state dicts are made of, and what people save beside them. */
const GLOBALS: Readonly<Record<string, Maker>> = {
	...NUMPY_GLOBALS,
	'collections.OrderedDict': ordered,
	'collections.defaultdict': () => new Map(),
	'collections.Counter': ordered,
	'torch._utils._rebuild_tensor': tensorOf,
	'torch._utils._rebuild_tensor_v2': (storage, offset, shape, strides) =>
		tensorOf(storage, offset, shape, strides),
	'torch._utils._rebuild_tensor_v3': (storage, offset, shape, strides, _grad, _hooks, dtype) =>
		tensorOf(storage, offset, shape, strides, dtype),
	'torch._utils._rebuild_parameter': first,
	'torch._utils._rebuild_parameter_with_state': first,
	// The function that makes the tensor, its class, the arguments, attributes.
	'torch._tensor._rebuild_from_type_v2': (of, _class, args) => {
		if (!(of instanceof Global) || !of.make || !Array.isArray(args))
			throw damaged('a tensor without its numbers');
		return of.make(...(args as unknown[]));
	},
	...named(
		['torch', 'torch.cuda'],
		Object.keys(STORAGES).map((name) => `${name}Storage`),
		null
	),
	'torch.storage.UntypedStorage': null,
	...named(
		['torch._utils'],
		['_rebuild_qtensor', '_rebuild_sparse_tensor', '_rebuild_sparse_csr_tensor'],
		unread
	),
	'torch.serialization._get_layout': unread,
	...named(['torch'], Object.keys(DTYPES), null),
	...named(['torch'], ['device', 'Size'], first),
	...named(['torch', 'torch.nn.parameter'], ['Tensor', 'Parameter'], null),
	...named(['builtins', '__builtin__'], ['object'], null),
	...named(
		['builtins', '__builtin__'],
		['set', 'frozenset', 'list', 'bytearray', 'complex', 'slice'],
		first
	),
	...named(
		['copyreg', 'copy_reg'],
		['_reconstructor'],
		(of) => new Instance(of instanceof Global ? of.name : '?', [])
	),
	...named(['datetime'], ['datetime', 'date', 'timedelta', 'timezone'], unneeded),
	...named(
		['pathlib', 'pathlib._local'],
		['Path', 'PosixPath', 'WindowsPath', 'PurePosixPath'],
		unneeded
	)
};

/** The storage of a persistent id, or the class of a module that was saved with its source. */
function storageOf(id: unknown): unknown {
	const [kind, type, key, , size, view] = Array.isArray(id) ? (id as unknown[]) : [];
	if (textOf(kind) === 'module') return type;
	const [, name] =
		type instanceof Global ? (/^torch\.(?:cuda\.)?(\w+)Storage$/.exec(type.name) ?? []) : [];
	const untyped = type instanceof Global && type.name === 'torch.storage.UntypedStorage';
	const numbers = name === undefined ? undefined : STORAGES[name];
	const text = textOf(key);
	if (/^QU?Int/.test(name ?? '')) throw new WeightsError({ code: 'layout' });
	if (textOf(kind) !== 'storage' || !(numbers || untyped) || text === null || !isIndex(size))
		throw damaged('numbers of a type that is not known');
	const [, start, own] = Array.isArray(view) ? (view as unknown[]) : [null, 0, size];
	if (!isIndex(start) || !isIndex(own)) throw damaged('numbers without their place');
	return new Storage(numbers ?? null, text, own, start);
}

const OPTIONS: PickleOptions = { globals: GLOBALS, instances: true, persistent: storageOf };

/** @throws WeightsError */
function unpickled(bytes: Uint8Array, at = 0, options = OPTIONS): ReturnType<typeof unpickle> {
	try {
		return unpickle(bytes, { ...options, at });
	} catch (error) {
		if (!(error instanceof PickleError)) throw error;
		const { problem } = error;
		switch (problem.code) {
			case 'pickle-global':
				throw new WeightsError({ code: 'calls', of: problem.global });
			case 'pickle-cut':
				throw new WeightsError({ code: 'cut', expected: null, found: bytes.length });
			case 'pickle-damaged':
				throw damaged(`byte ${problem.offset} of its pickle: ${problem.found}`);
			case 'pickle-large':
				throw damaged(`its pickle is too long, at byte ${problem.offset}`);
		}
	}
}

/** Keys under which training programs save a state dict, the usual ones first. */
const WRAPPERS = [
	'state_dict',
	'model_state_dict',
	'model_state',
	'model',
	'net',
	'network',
	'module',
	'weights',
	'params'
];
/** How deep a state dict may lie in other dicts. */
const DEEPEST = 3;

interface Found {
	readonly path: readonly string[];
	readonly dict: ReadonlyMap<unknown, unknown>;
}

/** The dicts that hold tensors, with their paths. */
function stateDicts(
	value: unknown,
	path: readonly string[] = [],
	seen = new Set<unknown>()
): Found[] {
	if (!(value instanceof Map) || path.length > DEEPEST || seen.has(value)) return [];
	seen.add(value);
	const dict: ReadonlyMap<unknown, unknown> = value;
	for (const [name, one] of dict)
		if (typeof name === 'string' && name.includes('.') && one instanceof TorchTensor)
			return [{ path, dict }];
	return [...dict].flatMap(([name, one]) =>
		typeof name === 'string' && !name.startsWith('optim')
			? stateDicts(one, [...path, name], seen)
			: []
	);
}

/** @throws WeightsError if there are no tensors under names */
function found(root: unknown): Found & { readonly others: readonly string[] } {
	if (root instanceof Instance) throw new WeightsError({ code: 'module', of: root.of });
	const rank = ({ path }: Found) => {
		const at = WRAPPERS.indexOf(path.at(-1) ?? '');
		return at < 0 ? WRAPPERS.length : at;
	};
	const all = stateDicts(root).sort((a, b) => rank(a) - rank(b));
	if (all.length) return { ...all[0], others: all.slice(1).map(({ path }) => path.join('.')) };
	const names = root instanceof Map ? [...root.keys()].map(String) : [];
	if (root instanceof Map) {
		const module = [...root.values()].find(
			(value) => value instanceof Instance && WRAPPERS.some((key) => root.get(key) === value)
		);
		if (module instanceof Instance) throw new WeightsError({ code: 'module', of: module.of });
		// A dict of tensors whose names have no dots is one of a single layer.
		if ([...root.values()].some((value) => value instanceof TorchTensor))
			return { path: [], dict: root, others: [] };
	}
	throw new WeightsError({ code: 'no-tensors', names: names.slice(0, 3) });
}

/** Reads bytes of a storage by its key. */
type ReadStorage = (storage: Storage, bytes: number) => Promise<Uint8Array<ArrayBuffer>>;

function fileOf(root: unknown, read: ReadStorage): TorchFile {
	const { path, dict, others } = found(root);
	const tensors = new Map<string, StoredTensor>();
	const rest: string[] = [];
	for (const [name, value] of dict) {
		if (value instanceof TorchTensor && typeof name === 'string')
			tensors.set(name, {
				shape: value.shape,
				type: value.type,
				values: () => valuesOf(name, value, read)
			});
		else rest.push(String(name));
	}
	return {
		tensors,
		warnings: path.length ? [{ code: 'wrapper', key: path.join('.'), others }] : [],
		leftOut: rest.length
			? [{ reason: 'no-tensor', count: rest.length, examples: rest.slice(0, 3) }]
			: []
	};
}

/** The numbers of a tensor in row-major order. */
async function valuesOf(
	name: string,
	tensor: TorchTensor,
	read: ReadStorage
): Promise<Float32Array> {
	const { storage, offset, shape, strides, type } = tensor;
	const { bytes } = NUMBER_TYPES[type];
	const count = countOf(shape);
	if (!count) return new Float32Array(0);
	const last = shape.reduce((at, size, i) => at + (size - 1) * strides[i], 0);
	const whole = await read(storage, storage.size * (storage.type ? bytes : 1));
	const from = bytes * offset;
	const to = from + bytes * (last + 1);
	// Large tensors are not copied.
	const own = from === 0 && to === whole.buffer.byteLength;
	const values = toFloats(name, type, own ? whole.buffer : whole.slice(from, to).buffer);
	let step = 1;
	const inOrder = shape.every((_, i) => {
		const axis = shape.length - 1 - i;
		const fits = shape[axis] === 1 || strides[axis] === step;
		step *= shape[axis];
		return fits;
	});
	if (inOrder) return values;
	const out = new Float32Array(count);
	const index = shape.map(() => 0);
	for (let i = 0, at = 0; i < count; i++) {
		out[i] = values[at];
		for (let axis = shape.length - 1; axis >= 0; axis--) {
			at += strides[axis];
			if (++index[axis] < shape[axis]) break;
			at -= strides[axis] * shape[axis];
			index[axis] = 0;
		}
	}
	return out;
}

const LARGEST_PICKLE = 64e6;

/**
 * Reads the zip format: `NAME/data.pkl` is the pickle, and `NAME/data/KEY` holds a storage.
 * @param most largest size of a storage, unpacked
 * @returns null if the zip file is not one of PyTorch
 * @throws WeightsError
 */
export async function readTorchZip(
	files: readonly Zipped[],
	most: number
): Promise<TorchFile | null> {
	const pickle = files.find(({ path }) => /(^|\/)data\.pkl$/.test(path));
	if (!pickle) return null;
	const folder = pickle.path.slice(0, -'data.pkl'.length);
	const inside = new Map(files.map((file) => [file.path, file]));
	if (files.some(({ path }) => path.startsWith(`${folder}code/`)))
		throw new WeightsError({ code: 'torchscript', detail: `${folder}code` });
	const order = inside.get(`${folder}byteorder`);
	if (order && (await bytesOf(order, 16))[0] === 'b'.charCodeAt(0))
		throw damaged('its numbers are in big-endian order');
	/** The latest storage, because several tensors may share one. */
	let latest: { key: string; bytes: Promise<Uint8Array<ArrayBuffer>> } | null = null;
	return fileOf(unpickled(await bytesOf(pickle, LARGEST_PICKLE)).value, (storage, size) => {
		const { key } = storage;
		if (latest?.key === key) return latest.bytes;
		const file = inside.get(`${folder}data/${key}`);
		if (!file) throw damaged(`it lacks the file ${folder}data/${key}`);
		if (file.size < size) throw damaged(`${file.path} has ${file.size} bytes instead of ${size}`);
		latest = { key, bytes: bytesOf(file, most) };
		return latest.bytes;
	});
}

/** @throws WeightsError */
async function bytesOf(file: Zipped, most: number): Promise<Uint8Array<ArrayBuffer>> {
	try {
		return await file.bytes(most);
	} catch (error) {
		if (!(error instanceof ZipError)) throw error;
		throw damaged(`${file.path}: ${error.problem.code}`);
	}
}

/** The number with which files of the old format begin, as a pickle of protocol 2. */
const MAGIC = '\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.';
/** A pickle begins in the first part of the file; more is read if it does not end there. */
const FIRST_READ = 8e6;

/**
 * Reads the format before PyTorch 1.6: pickles of a magic number, the version, the machine, the data and the keys of the
 * storages, then for each key the count of its numbers and the numbers.
 * @returns null if the file is not one of PyTorch
 * @throws WeightsError
 */
export async function readTorchLegacy(blob: Blob): Promise<TorchFile | null> {
	const head = new Uint8Array(await blob.slice(0, MAGIC.length).arrayBuffer());
	if (latin1(head) !== MAGIC) return null;
	for (let size = FIRST_READ; ; size *= 8) {
		const bytes = new Uint8Array(await blob.slice(0, size).arrayBuffer());
		let pickles: LegacyPickles;
		try {
			pickles = legacyPickles(bytes);
		} catch (error) {
			const cut = error instanceof WeightsError && error.problem.code === 'cut';
			if (!cut || size >= blob.size) throw error;
			continue;
		}
		const places = await placesOf(blob, pickles);
		return fileOf(pickles.root, async (storage, size) => {
			const place = places.get(storage.key);
			const start = storage.first * (size / storage.size);
			if (!place || start + size > place.bytes)
				throw damaged(`it lacks the numbers ${storage.key}`);
			const from = place.at + start;
			return new Uint8Array(await blob.slice(from, from + size).arrayBuffer());
		});
	}
}

interface LegacyPickles {
	readonly root: unknown;
	readonly keys: unknown;
	/** First byte after the pickles. */
	readonly end: number;
	readonly storages: ReadonlyMap<string, Storage>;
}

/** The pickles after the magic number. */
function legacyPickles(bytes: Uint8Array): LegacyPickles {
	const version = unpickled(bytes, MAGIC.length);
	const machine = unpickled(bytes, version.end);
	if (machine.value instanceof Map && machine.value.get('little_endian') === false)
		throw damaged('its numbers are in big-endian order');
	const storages = new Map<string, Storage>();
	const root = unpickled(bytes, machine.end, {
		...OPTIONS,
		persistent: (id) => {
			const storage = storageOf(id);
			if (storage instanceof Storage) storages.set(storage.key, storage);
			return storage;
		}
	});
	const keys = unpickled(bytes, root.end);
	return { root: root.value, keys: keys.value, end: keys.end, storages };
}

/** Where the bytes of each storage are. @throws WeightsError if the file ends before */
async function placesOf(blob: Blob, { keys, end, storages }: LegacyPickles) {
	const places = new Map<string, { readonly at: number; readonly bytes: number }>();
	let at = end;
	for (const value of Array.isArray(keys) ? (keys as unknown[]) : []) {
		const key = textOf(value) ?? '';
		const type = storages.get(key)?.type;
		if (!type) throw damaged(`its numbers ${key} belong to no tensor`);
		const count = new DataView(await blob.slice(at, at + 8).arrayBuffer());
		if (count.byteLength < 8)
			throw new WeightsError({ code: 'cut', expected: null, found: blob.size });
		const bytes = Number(count.getBigUint64(0, true)) * NUMBER_TYPES[type].bytes;
		at += 8;
		if (at + bytes > blob.size)
			throw new WeightsError({ code: 'cut', expected: at + bytes, found: blob.size });
		places.set(key, { at, bytes });
		at += bytes;
	}
	return places;
}

/** Longest part of a foreign pickle that is looked at. */
const LOOKED_AT = 1e6;
/** The function that a pickle which PyTorch did not write would call in Python, and weights do not need; empty if none is seen. */
export async function calledBy(blob: Blob): Promise<string> {
	try {
		unpickled(new Uint8Array(await blob.slice(0, LOOKED_AT).arrayBuffer()));
	} catch (error) {
		if (error instanceof WeightsError && error.problem.code === 'calls') return error.problem.of;
	}
	return '';
}
