import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import {
	analyse,
	CIFAR_DEFAULTS,
	cifarNetwork,
	networkOf,
	parseName,
	type CifarOptions
} from '$lib/network';
import { writeSafetensors, type Tensor } from '../safetensors';
import { freshWeights, toTensors, type Weights } from '../weights';
import { checkFit, fitWeights, readInto } from './fit';
import { WeightsError, type WeightsProblem } from './problems';
import { readWeights, type WeightsFile } from './read';

const OPTIONS: CifarOptions = { ...CIFAR_DEFAULTS, depth: 8, width: 3, size: 16, channels: 1 };
const NETWORK = analyse(cifarNetwork(OPTIONS));

function weightsOf(options: CifarOptions): Weights {
	let next = 0;
	const numbers = (length: number) => Float32Array.from({ length }, () => next++ / 7);
	const { parameters, averages } = analyse(cifarNetwork(options));
	return {
		parameters: new Map(parameters.map(({ name, size }) => [name, numbers(size)])),
		averages: new Map(averages.map(({ name, size }) => [name, numbers(size)]))
	};
}

/** A file of any types: little-endian bytes by name. */
interface Raw {
	readonly dtype: string;
	readonly shape: readonly number[];
	readonly bytes: Uint8Array;
}
function rawFile(tensors: ReadonlyMap<string, Raw>, more: object = {}): Blob {
	const header: Record<string, object> = { ...more };
	let at = 0;
	for (const [name, { dtype, shape, bytes }] of tensors)
		header[name] = { dtype, shape, data_offsets: [at, (at += bytes.length)] };
	const bodies = [...tensors.values()].map(({ bytes }) => bytes.slice());
	return withHeader(JSON.stringify(header), Buffer.concat(bodies));
}
function withHeader(header: string, body: Uint8Array = new Uint8Array(16)): Blob {
	const head = new TextEncoder().encode(header);
	const length = new Uint8Array(new BigUint64Array([BigInt(head.length)]).buffer);
	return new Blob([length, head, body.slice()]);
}
const raw = ({ shape, values }: Tensor): Raw => ({
	dtype: 'F32',
	shape,
	bytes: new Uint8Array(values.slice().buffer)
});
const fileOf = (tensors: ReadonlyMap<string, Tensor>) =>
	new Blob([writeSafetensors(tensors).slice()]);
/** The tensors of `NETWORK` with names changed. */
const renamed = (change: (name: string) => string) =>
	new Map([...toTensors(NETWORK, weightsOf(OPTIONS))].map(([name, t]) => [change(name), t]));

async function problem(reading: Promise<unknown>): Promise<WeightsProblem | null> {
	const error: unknown = await reading.then(
		() => null,
		(reason) => reason
	);
	expect(error === null || error instanceof WeightsError).toBe(true);
	return error instanceof WeightsError ? error.problem : null;
}

describe('weights as tensors', () => {
	it.each<Partial<CifarOptions>>([
		{},
		{ shortcut: 'none' },
		{ shortcut: 'B' },
		{ shortcut: 'C', order: 'pre' },
		{ norm: 'none', shortcut: 'B' },
		{ norm: 'group' }
	])('come back from a file as they were: %o', async (change) => {
		const network = analyse(cifarNetwork({ ...OPTIONS, ...change }));
		const weights = weightsOf({ ...OPTIONS, ...change });
		const back = await readInto(network, fileOf(toTensors(network, weights)));
		expect(back.weights).toEqual(weights);
		expect(back.fit).toMatchObject({ leftOut: [], warnings: [] });
	});

	it('have the layout of PyTorch', () => {
		const weights = weightsOf(OPTIONS);
		const tensors = toTensors(NETWORK, weights);
		const kernel = tensors.get('blocks.1.conv1.weight')!;
		expect(kernel.shape).toEqual([6, 3, 3, 3]);
		// Filter 4, channel 2, row 1, column 0.
		const hwio = weights.parameters.get('block1/conv1/kernel')!;
		expect(kernel.values[((4 * 3 + 2) * 3 + 1) * 3]).toBe(hwio[((1 * 3 + 0) * 3 + 2) * 6 + 4]);
		expect(tensors.get('dense.weight')!.shape).toEqual([10, 12]);
		expect(tensors.get('stem_norm.running_var')!.shape).toEqual([3]);
	});
});

describe('a file as people save it', () => {
	it('may have a prefix, counters and metadata', async () => {
		for (const prefix of ['module.', 'model.', '_orig_mod.module.', 'backbone.']) {
			const tensors = new Map<string, Raw>(
				[...renamed((name) => prefix + name)].map(([name, tensor]) => [name, raw(tensor)])
			);
			tensors.set(`${prefix}stem_norm.num_batches_tracked`, {
				dtype: 'I64',
				shape: [],
				bytes: new Uint8Array(8)
			});
			tensors.set('teacher.weight', {
				dtype: 'F32',
				shape: [1],
				bytes: Uint8Array.of(0, 0, 192, 127)
			});
			const file = rawFile(tensors, { __metadata__: { format: 'pt' } });
			const { weights, fit } = await readInto(NETWORK, file);
			expect(weights).toEqual(weightsOf(OPTIONS));
			expect(fit.warnings).toEqual([{ code: 'prefix', prefix }]);
			expect(fit.leftOut).toEqual([
				{ reason: 'counter', count: 1, examples: [`${prefix}stem_norm.num_batches_tracked`] },
				{ reason: 'not-needed', count: 1, examples: ['teacher.weight'] }
			]);
		}
	});

	it.each(['head.dense', 'dense', 'fc', 'heads.classifier'])(
		'may have its last layer apart from the others, as %s',
		async (module) => {
			const name = (own: string) =>
				own.startsWith('dense.') ? own.replace('dense', module) : `backbone.${own}`;
			const tensors = new Map([...renamed(name)].map(([own, tensor]) => [own, raw(tensor)]));
			const { weights, fit } = await readInto(NETWORK, rawFile(tensors));
			expect(weights).toEqual(weightsOf(OPTIONS));
			expect(fit.warnings).toContainEqual({ code: 'prefix', prefix: 'backbone.' });
			// Of two layers that would fit, neither is taken.
			tensors.set('other.weight', tensors.get(`${module}.weight`)!);
			tensors.set('other.bias', tensors.get(`${module}.bias`)!);
			const two = readInto(NETWORK, rawFile(tensors));
			if (module.endsWith('dense')) expect((await two).weights).toEqual(weights);
			else await expect(two).rejects.toMatchObject({ problem: { code: 'missing' } });
		}
	);

	it.each<[string, (value: number) => number[], number[]]>([
		// 1, -2, 2⁻²⁴ (the smallest), 65504 (the largest) as binary16.
		['F16', (bits) => [bits & 255, bits >> 8], [0x3c00, 0xc000, 0x0001, 0x7bff]],
		['BF16', (bits) => [bits & 255, bits >> 8], [0x3f80, 0xc000, 0x3380, 0x477f]]
	])('may have %s', async (dtype, bytesOf, patterns) => {
		const expected = dtype === 'F16' ? [1, -2, 2 ** -24, 65504] : [1, -2, 2 ** -24, 65280];
		const bytes = Uint8Array.from(patterns.flatMap(bytesOf));
		const { tensors } = await readWeights(rawFile(new Map([['a', { dtype, shape: [4], bytes }]])));
		expect([...(await tensors.get('a')!.values())]).toEqual(expected);
	});

	it('may have F64 throughout, which is told', async () => {
		const weights = weightsOf(OPTIONS);
		const tensors = new Map<string, Raw>(
			[...toTensors(NETWORK, weights)].map(([name, { shape, values }]) => [
				name,
				{ dtype: 'F64', shape, bytes: new Uint8Array(Float64Array.from(values).buffer) }
			])
		);
		const { weights: back, fit } = await readInto(NETWORK, rawFile(tensors));
		expect(back).toEqual(weights);
		expect(fit.warnings).toEqual([{ code: 'converted', type: 'F64', count: tensors.size }]);
	});

	it('whose header is as long as a pickle begins is read all the same', async () => {
		const header = '{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}';
		const file = withHeader(header.padEnd(0x0280));
		expect([...new Uint8Array(await file.slice(0, 2).arrayBuffer())]).toEqual([0x80, 2]);
		expect((await readWeights(file)).tensors.size).toBe(1);
	});

	it('has other names in other codes for CIFAR-10', async () => {
		const options = { ...OPTIONS, shortcut: 'B' } as const;
		const network = analyse(cifarNetwork(options));
		const weights = weightsOf(options);
		const layers = (dense: string, shortcut: string) => (name: string) =>
			name
				.replace(/^stem_norm/, 'bn1')
				.replace(/^stem/, 'conv1')
				.replace(/^dense/, dense)
				.replace(/^blocks\.(\d)/, (_, block) => `layer${Number(block) + 1}.0`)
				.replace('.norm', '.bn')
				.replace('.shortcut.', `.${shortcut}.`);
		const transformers = (name: string) =>
			name
				.replace(/^stem_norm/, 'resnet.embedder.embedder.normalization')
				.replace(/^stem/, 'resnet.embedder.embedder.convolution')
				.replace(/^dense/, 'classifier.1')
				.replace(/^blocks\.(\d)/, 'resnet.encoder.stages.$1.layers.0')
				.replace(/\.conv(\d)/, (_, n) => `.layer.${n - 1}.convolution`)
				.replace(/\.norm(\d)/, (_, n) => `.layer.${n - 1}.normalization`)
				.replace('.shortcut.0', '.shortcut.convolution')
				.replace('.shortcut.1', '.shortcut.normalization');
		for (const change of [layers('fc', 'downsample'), layers('linear', 'shortcut'), transformers]) {
			const tensors = new Map(
				[...toTensors(network, weights)].map(([name, tensor]) => [change(name), tensor])
			);
			const { weights: back, fit } = await readInto(network, fileOf(tensors));
			expect(back).toEqual(weights);
			expect(fit.warnings).toEqual([
				{
					code: 'renamed',
					from: change('blocks.0.conv1.weight'),
					to: 'block0/conv1/kernel',
					count: tensors.size
				}
			]);
		}
	});
});

describe('a file that does not fit', () => {
	const into = (tensors: ReadonlyMap<string, Tensor>, network = NETWORK) =>
		problem(readInto(network, fileOf(tensors)));

	it('is told by tensor and shape', async () => {
		const without = renamed(String);
		without.delete('blocks.2.norm1.bias');
		expect(await into(without)).toEqual({
			...{ code: 'missing', tensor: 'blocks.2.norm1.bias', expected: [12] },
			...{ count: 1, of: without.size + 1 }
		});
		const other = renamed(String).set('dense.weight', {
			shape: [10, 6],
			values: new Float32Array(60)
		});
		expect(await into(other)).toEqual({
			...{ code: 'shape', tensor: 'dense.weight', expected: [10, 12], found: [10, 6] }
		});
		expect(await into(renamed((name) => `x${name.length}`))).toMatchObject({
			...{ code: 'names', expected: 'stem.weight' }
		});
	});

	it('because it is of a deeper network, or of one with projections or normalisation, is told', async () => {
		const deeper = analyse(cifarNetwork({ ...OPTIONS, depth: 14 }));
		expect(await into(toTensors(deeper, freshWeights(deeper, 1)))).toMatchObject({
			code: 'shape'
		});
		const layers = (name: string) =>
			name.replace(/^blocks\.(\d)/, (_, block) => `layer${Number(block) + 1}.0`);
		const more = renamed(layers).set('layer1.1.conv1.weight', {
			shape: [1],
			values: new Float32Array(1)
		});
		for (const name of ['stem', 'dense', 'norm'])
			for (const [from, tensor] of [...more])
				if (from.includes(name)) {
					more.delete(from);
					const to = { stem: 'conv1', dense: 'fc', norm: 'bn' }[name]!;
					more.set(from.replace('stem_norm', 'bn1').replace(name, to), tensor);
				}
		expect(await into(more)).toEqual({
			...{ code: 'other-network', tensor: 'layer1.1.conv1.weight', count: 1 }
		});
		const projected = { ...OPTIONS, shortcut: 'B' } as const;
		expect(
			await into(toTensors(analyse(cifarNetwork(projected)), weightsOf(projected)))
		).toMatchObject({ code: 'other-network', tensor: 'blocks.1.shortcut.0.weight' });
		const bare = analyse(cifarNetwork({ ...OPTIONS, norm: 'none' }));
		expect(await into(renamed(String), bare)).toMatchObject({ code: 'normalised' });
	});

	it('because of its numbers names the tensor', async () => {
		const set = (name: string, value: number) => {
			const tensors = renamed(String);
			tensors.get(name)!.values[2] = value;
			return into(tensors);
		};
		expect(await set('blocks.0.conv1.weight', NaN)).toEqual({
			...{ code: 'not-finite', tensor: 'blocks.0.conv1.weight', value: 'NaN', index: 2 }
		});
		expect(await set('dense.bias', -Infinity)).toMatchObject({ value: '-Infinity' });
		expect(await set('stem_norm.running_var', -0.5)).toEqual({
			...{ code: 'negative-variance', tensor: 'stem_norm.running_var', value: -0.5, index: 2 }
		});
		expect(await set('stem_norm.running_mean', -0.5)).toBeNull();
		const integers = new Map<string, Raw>(
			[...renamed(String)].map(([name, tensor]) => [name, { ...raw(tensor), dtype: 'I32' }])
		);
		expect(await problem(readInto(NETWORK, rawFile(integers)))).toEqual({
			...{ code: 'type', tensor: 'stem.weight', type: 'I32' }
		});
	});
});

describe('the byte ranges of a file', () => {
	const header = (ranges: Record<string, [number, number]>) =>
		JSON.stringify(
			Object.fromEntries(
				Object.entries(ranges).map(([name, [start, end]]) => [
					name,
					{ dtype: 'F32', shape: [(end - start) / 4], data_offsets: [start, end] }
				])
			)
		);
	const read = (text: string, size = 16) =>
		problem(readWeights(withHeader(text, new Uint8Array(size))));

	it('may neither overlap nor leave holes', async () => {
		expect(await read(header({ a: [0, 8], b: [8, 16] }))).toBeNull();
		expect(await read(header({ a: [0, 12], b: [8, 16] }))).toEqual({
			...{ code: 'overlap', tensor: 'b', other: 'a' }
		});
		expect(await read(header({ a: [0, 16], b: [0, 16] }))).toMatchObject({ code: 'overlap' });
		expect(await read(header({ a: [0, 8], b: [12, 16] }))).toEqual({
			...{ code: 'hole', tensor: 'b', bytes: 4 }
		});
		expect(await read(header({ a: [0, 8] }))).toEqual({ code: 'hole', tensor: null, bytes: 8 });
		expect(await read(header({ a: [0, 8], b: [8, 24] }))).toMatchObject({ code: 'cut' });
		expect(await read('{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,16]}}')).toEqual({
			...{ code: 'range', tensor: 'a', shape: [3], bytes: 16 }
		});
	});

	it.each([
		'null',
		'[]',
		'17',
		'{"a":null}',
		'{"a":{"dtype":"F32"}}',
		'{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}',
		'{"a":{"dtype":"F32","shape":[1e300,1e300],"data_offsets":[0,4]}}',
		'{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}',
		'{"a":{"dtype":"__proto__","shape":[1],"data_offsets":[0,4]}}',
		'{"a"'
	])('or the whole of a header %s are refused', async (text) => {
		expect(['damaged', 'type', 'range']).toContain((await read(text))?.code);
	});

	it('of no tensor are none', async () => {
		expect(await read('{}', 0)).toEqual({ code: 'no-tensors', names: [] });
	});
});

describe('a file that is something else', () => {
	const cases: [WeightsProblem['code'], string | Uint8Array][] = [
		['empty', ''],
		['git-lfs', 'version https://git-lfs.github.com/spec/v1\noid sha256:aaaa\nsize 1079000\n'],
		['web-page', '\n<!DOCTYPE html>\n<html><body>Sign in</body></html>'],
		['shard-index', '{"metadata": {}, "weight_map": {"a": "model-00001-of-00002.safetensors"}}'],
		['text', '404: Not Found'],
		['hdf5', '\x89HDF\r\n\x1a\n\0\0'],
		['numpy', '\x93NUMPY\x01\0v\0'],
		['archive', '\x1f\x8b\x08\0\0\0'],
		['picture', '\x89PNG\r\n\x1a\n'],
		['onnx', '\x08\x08\x12\x07pytorch\x1a'],
		['unknown', '\0\x01\x02\x03'],
		['pickle', '\x80\x02}q\0.'],
		['keras', zipSync({ 'config.json': strToU8('{}'), 'model.weights.h5': strToU8('x') })],
		['saved-model', zipSync({ 'net/saved_model.pb': strToU8('x') })],
		['numpy', zipSync({ 'arr_0.npy': strToU8('x') })],
		['zip', zipSync({ 'resnet18.pth': strToU8('x') })],
		['torchscript', zipSync({ 'net/data.pkl': strToU8('N.'), 'net/code/a.py': strToU8('x') })],
		['cut', zipSync({ 'net/data.pkl': strToU8('N.') }).subarray(0, 60)],
		['no-tensors', zipSync({ 'net/data.pkl': strToU8('}.') })],
		['calls', zipSync({ 'net/data.pkl': strToU8("cposix\nsystem\n(S'ls'\ntR.") })],
		['module', zipSync({ 'net/data.pkl': Buffer.from('cnets\nNet\n)\x81}b.', 'latin1') })],
		['damaged', zipSync({ 'net/data.pkl': strToU8('zzz') })]
	];
	it.each(cases)('is told: %s', async (code, content) => {
		const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
		expect(await problem(readWeights(new Blob([new Uint8Array(bytes)])))).toMatchObject({ code });
	});
});

it('a pickle that PyTorch did not write is told with what it would call', async () => {
	const pickle = new Blob([Buffer.from("\x80\x02cposix\nsystem\n(S'ls'\ntR.", 'latin1')]);
	expect(await problem(readWeights(pickle))).toEqual({ code: 'pickle', detail: 'posix.system' });
});

describe('weights of ImageNet’s networks', () => {
	/** A file's names and shapes, without numbers. */
	const listed = (shapes: readonly (readonly [string, readonly number[]])[]): WeightsFile => ({
		format: 'pytorch',
		tensors: new Map(
			shapes.flatMap(([module, shape]) =>
				[`${module}.weight`, `${module}.bias`].map((name, i) => [
					name,
					{ shape: i ? [shape[0]] : shape, type: 'F32', values: () => Promise.reject(new Error()) }
				])
			)
		),
		warnings: [],
		leftOut: []
	});

	it('have the names of torchvision or timm in VGG-16', () => {
		const network = analyse(networkOf(parseName('vgg-16')));
		const filters = [64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512];
		const places = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28];
		const features = filters.map(
			(count, i) => [`features.${places[i]}`, [count, filters[i - 1] ?? 3, 3, 3]] as const
		);
		const torchvision = fitWeights(
			network,
			listed([
				...features,
				...([
					['classifier.0', [4096, 25088]],
					['classifier.3', [4096, 4096]],
					['classifier.6', [1000, 4096]]
				] as const)
			])
		);
		expect(torchvision).toMatchObject({ leftOut: [], warnings: [] });
		const timm = fitWeights(
			network,
			listed([
				...features,
				...([
					['pre_logits.fc1', [4096, 512, 7, 7]],
					['pre_logits.fc2', [4096, 4096, 1, 1]],
					['head.fc', [1000, 4096]]
				] as const)
			])
		);
		expect(timm.taken).toHaveLength(32);
	});

	it.each(['/', '_'])('have Caffe’s names in GoogLeNet: %s', (separator) => {
		const network = analyse(networkOf(parseName('googlenet')));
		const kernels = new Map(network.parameters.map(({ name, shape }) => [name, shape]));
		const caffe: Readonly<Record<string, string>> = {
			conv1: 'conv1/7x7_s2',
			'conv2-reduce': 'conv2/3x3_reduce',
			conv2: 'conv2/3x3',
			dense: 'loss3/classifier'
		};
		const parts: Readonly<Record<string, string>> = { 'pool-1x1': 'pool_proj' };
		const shapes = [...kernels].flatMap(([name, shape]) => {
			if (!name.endsWith('/kernel')) return [];
			const node = name.slice(0, -'/kernel'.length);
			const [, label, part] = /^inception(\w+)\/(.+)$/.exec(node) ?? [];
			const theirs = label
				? `inception_${label}/${parts[part] ?? part.replace('-', '_')}`
				: caffe[node];
			const [i, o] = shape.slice(-2);
			const size = shape.length === 4 ? [o, i, shape[0], shape[1]] : [o, i];
			return [[theirs.replace('/', separator), size] as const];
		});
		const auxiliary = [`loss1${separator}fc`, [1024, 2048]] as const;
		const fit = fitWeights(network, listed([...shapes, auxiliary]));
		expect(fit.taken).toHaveLength(network.parameters.length);
		expect(fit.leftOut).toMatchObject([{ reason: 'auxiliary', count: 2 }]);
	});

	it('are listed and checked without being kept', async () => {
		const network = analyse(networkOf(parseName('alexnet')));
		let at = 0;
		const header = JSON.stringify(
			Object.fromEntries(
				[
					...[
						[64, 3, 11, 11],
						[192, 64, 5, 5],
						[384, 192, 3, 3],
						[256, 384, 3, 3],
						[256, 256, 3, 3]
					],
					...[
						[4096, 9216],
						[4096, 4096],
						[1000, 4096]
					]
				].flatMap((shape, i) => {
					const module =
						i < 5 ? `features.${[0, 3, 6, 8, 10][i]}` : `classifier.${[1, 4, 6][i - 5]}`;
					return [shape, [shape[0]]].map((own, j) => {
						const size = own.reduce((a, b) => a * b, 2);
						const range = [at, (at += size)];
						const name = `${module}.${j ? 'bias' : 'weight'}`;
						return [name, { dtype: 'F16', shape: own, data_offsets: range }];
					});
				})
			)
		);
		const fit = fitWeights(network, await readWeights(withHeader(header, new Uint8Array(at))));
		expect(fit.taken).toHaveLength(16);
		expect(fit.warnings).toEqual([{ code: 'converted', type: 'F16', count: 16 }]);
		let share = 0;
		await checkFit(fit, (read) => (share = read));
		expect(share).toBe(1);
	});
});
