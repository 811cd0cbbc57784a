/** Tests exported ONNX files in ONNX Runtime and with ONNX's checker; skipped if these are missing. */
import type { Batch } from '$lib/base/image';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine, openBackend, type Backend } from '$lib/engine';
import {
	analyse,
	cifarNetwork,
	CIFAR_DEFAULTS,
	formatName,
	knownNames,
	networkOf,
	NORMS,
	parseName,
	type CifarOptions
} from '$lib/network';
import { findOnnxRuntime } from '../../../../scripts/onnx.mjs';
import { findOnnxChecker } from '../../../../scripts/python.mjs';
import { onnxModel, type OnnxOptions } from './model';

const runtime = findOnnxRuntime();
const checker = findOnnxChecker();
const app = 'test 1';

function fileOf(name: string, options: Partial<OnnxOptions> = {}): Uint8Array {
	const model = onnxModel(analyse(networkOf(parseName(name))), {
		weights: { seed: 1 },
		app,
		...options
	});
	const file = Buffer.concat([...model.pieces()]);
	expect(file.length - model.bytes, name).toBeGreaterThan(0);
	expect(file.length - model.bytes, name).toBeLessThan(2e5);
	return file;
}

/** Logits of images [N, H, W, C]. */
async function run(file: Uint8Array, { images, shape: [count, height, width, channels] }: Batch) {
	const session = await runtime.InferenceSession.create(file);
	const moved = new Float32Array(images.length);
	for (let n = 0; n < count; n++)
		for (let pixel = 0; pixel < height * width; pixel++)
			for (let c = 0; c < channels; c++)
				moved[(n * channels + c) * height * width + pixel] =
					images[(n * height * width + pixel) * channels + c];
	const input = new runtime.Tensor('float32', moved, [count, channels, height, width]);
	const { logits } = await session.run({ images: input });
	await session.release();
	return logits as { data: Float32Array; dims: number[] };
}

const batchOf = (count: number, size: number, channels: number): Batch => ({
	images: Float32Array.from({ length: count * size * size * channels }, (_, i) =>
		Math.sin((i * i) % 1021)
	),
	labels: Int32Array.from({ length: count }, (_, i) => i % 7),
	shape: [count, size, size, channels]
});

describe.skipIf(!runtime)('an ONNX file in ONNX Runtime', () => {
	let backend: Backend;
	beforeAll(async () => {
		backend = await openBackend('cpu');
	});

	it.each<[Partial<CifarOptions>, number[]?]>([
		[{ shortcut: 'none' }],
		[{}, [1, 0.5, 0]],
		[{ shortcut: 'B' }, [0, 1, 1]],
		[{ shortcut: 'C', activation: 'tanh' }],
		[{ shortcut: 'B', order: 'pre' }],
		[{ shortcut: 'C', order: 'pre', activation: 'leaky-relu' }],
		[{ shortcut: 'B', norm: 'none', activation: 'sigmoid' }],
		[{ dropout: 0.5, classes: 7 }],
		...NORMS.map((norm): [Partial<CifarOptions>] => [{ norm, width: 3 }])
	])('gives the logits of the engine that trained it: %o', async (change, gates) => {
		const network = cifarNetwork({
			...CIFAR_DEFAULTS,
			...{ depth: 8, width: 4, size: 10, channels: 2 },
			...change
		});
		const engine = await createEngine(backend, [{ network, seed: 5, gates }]);
		const recipe = { learningRate: 0.03, momentum: 0.9, weightDecay: 1e-4 };
		const batch = batchOf(8, 10, 2);
		for (let step = 1; step <= 4; step++) await engine.step(batch, { ...recipe, step });
		const expected = await engine.logits(0, batch, false);
		const { parameters, averages } = await engine.state(0);
		engine.dispose();
		const model = onnxModel(analyse(network), { weights: { parameters, averages }, gates, app });
		const { data, dims } = await run(Buffer.concat([...model.pieces()]), batch);
		expect(dims).toEqual([8, network.classes]);
		const scale = Math.max(...expected.map(Math.abs));
		data.forEach((logit, i) => expect(Math.abs(logit - expected[i])).toBeLessThan(1e-4 * scale));
	});
});

describe.skipIf(!checker)('ONNX’s checker', () => {
	let folder: string;
	beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'onnx-'))));
	afterAll(() => rmSync(folder, { recursive: true }));

	it('accepts every kind of network, infers the shapes of its description, and reads its metadata', async () => {
		const names = [
			...['googlenet', 'plain-34', 'resnet-18?shortcut=A', 'resnet-18?shortcut=C&order=pre'],
			...['resnet-50', 'cifar-resnet-56', 'cifar-plain-20?norm=off&activation=tanh'],
			...['cifar-resnet-20?dropout=0.2&activation=leaky-relu', 'cifar-resnet-110'],
			...knownNames().filter((name) => name.endsWith('-mini')),
			...NORMS.map((norm) =>
				formatName({ family: 'cifar', options: { ...CIFAR_DEFAULTS, depth: 8, norm } })
			)
		];
		names.forEach((name, i) =>
			writeFileSync(join(folder, `${i}.onnx`), fileOf(name, { metadata: { link: '/x?a=1' } }))
		);
		const script = `
import json, onnx
for i in range(${names.length}):
    model = onnx.load(f"{i}.onnx")
    onnx.checker.check_model(model, full_check=True)
    told = {v.name: [d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim] for v in [*model.graph.value_info, *model.graph.output]}
    del model.graph.value_info[:]
    found = onnx.shape_inference.infer_shapes(model, strict_mode=True)
    found = {v.name: [d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim] for v in [*found.graph.value_info, *found.graph.output]}
    wrong = [(n, told[n], found.get(n)) for n in told if told[n][1:] != found.get(n, [])[1:]]
    assert not wrong, wrong[:3]
    print(json.dumps([model.producer_name, {p.key: p.value for p in model.metadata_props}, len(told)]))
`;
		const { stdout } = await promisify(execFile)(checker!, ['-c', script], { cwd: folder });
		const lines = stdout
			.trim()
			.split('\n')
			.map((line) => JSON.parse(line) as unknown[]);
		names.forEach((name, i) => {
			const { nodes } = analyse(networkOf(parseName(name)));
			const counted = nodes.filter(({ node }) => !node.auxiliary).length;
			expect(lines[i], name).toEqual(['test', { link: '/x?a=1' }, counted - 1]);
		});
	});
});
