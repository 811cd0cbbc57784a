/**
 * The networks of ImageNet as ONNX Runtime runs them and as their code in PyTorch and in Keras computes them, from the same
 * weights on the same image; passed over where something is missing. Keras is a stand-in (`keras/stand_in/keras.py`).
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, openSync, rmSync, writeFileSync, writeSync, closeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { analyse, networkOf, parseName } from '$lib/network';
import { findOnnxRuntime } from '../../../scripts/onnx.mjs';
import { findPython } from '../../../scripts/python.mjs';
import { kerasNetwork } from './keras/network';
import { onnxModel } from './onnx/model';
import { pytorchNetwork } from './pytorch/network';

const runtime = findOnnxRuntime();
const python = findPython('torch, numpy, onnx');
/** Beyond the usual ones, those that are too large for a usual test; `AGREEMENT=all` runs them. */
const NAMES = [
	...['googlenet', 'resnet-18?shortcut=A', 'resnet-18?shortcut=B&order=pre', 'resnet-50'],
	'cifar-resnet-20',
	...(process.env.AGREEMENT === 'all'
		? [
				...['alexnet', 'alexnet-2012', 'vgg-16', 'plain-34', 'resnet-34?shortcut=C', 'resnet-152'],
				...['resnet-50?stride=3x3', 'resnet-50?order=pre', 'cifar-resnet-110?shortcut=B']
			]
		: [])
];

it.skipIf(!runtime || !python)(
	'PyTorch’s code, Keras’s code and ONNX’s file put out the same',
	{ timeout: 900_000 },
	async () => {
		const folder = mkdtempSync(join(tmpdir(), 'agreement-'));
		try {
			for (const [i, name] of NAMES.entries()) {
				const network = analyse(networkOf(parseName(name)));
				const path = join(folder, `network${i}.onnx`);
				const file = openSync(path, 'w');
				const options = { weights: { seed: 3 }, app: 'test 1' };
				for (const piece of onnxModel(network, options).pieces()) writeSync(file, piece);
				closeSync(file);
				writeFileSync(join(folder, `network${i}.py`), pytorchNetwork(parseName(name)));
				writeFileSync(join(folder, `keras${i}.py`), kerasNetwork(parseName(name)));
				const [height, width, channels] = network.network.input;
				const image = Float32Array.from({ length: height * width * channels }, (_, i) =>
					Math.sin((i * i) % 1021)
				);
				const session = await runtime.InferenceSession.create(path);
				const { logits } = await session.run({
					images: new runtime.Tensor('float32', image, [1, channels, height, width])
				});
				await session.release();
				writeFileSync(join(folder, `network${i}.logits`), logits.data);
			}
			const script = `
import importlib, json, os, sys, numpy, onnx, torch
sys.path.insert(0, ${JSON.stringify(resolve('src/lib/export/keras/stand_in'))})
import keras
from onnx import numpy_helper
for i in range(${NAMES.length}):
    graph = onnx.load(f"network{i}.onnx").graph
    (build,) = importlib.import_module(f"network{i}").NETWORKS.values()
    network = build().eval()
    channels, height, width = [d.dim_value for d in graph.input[0].type.tensor_type.shape.dim[1:]]
    index = torch.arange(channels * height * width)
    images = torch.sin(((index * index) % 1021).float()).reshape(1, channels, height, width)
    # Layers in the order in which they work, which is the description's.
    layers = []
    hooks = [m.register_forward_hook(lambda m, x, y: layers.append(m)) for m in network.modules() if list(m.parameters(recurse=False))]
    with torch.no_grad():
        network(images)
        values = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in graph.initializer}
        own = [[values[n] for n in node.input[1:]] for node in graph.node if node.op_type in ("Conv", "BatchNormalization", "Gemm")]
        assert len(own) == len(layers), (len(own), len(layers))
        for tensors, layer in zip(own, layers):
            into = [layer.weight, layer.bias, getattr(layer, "running_mean", None), getattr(layer, "running_var", None)]
            into = [t for t in into if t is not None]
            assert len(into) == len(tensors)
            for tensor, target in zip(tensors, into):
                target.copy_(tensor.T if isinstance(layer, torch.nn.Linear) and tensor.dim() == 2 else tensor)
        logits = network(images)[0]
    expected = torch.from_numpy(numpy.fromfile(f"network{i}.logits", dtype=numpy.float32))
    off = [float((logits - expected).abs().max() / expected.abs().max())]
    keras.Node.all.clear()
    (build,) = importlib.import_module(f"keras{i}").NETWORKS.values()
    model = build()
    layers = [layer for layer in model.layers if layer.weights]
    assert len(own) == len(layers), (len(own), len(layers))
    pixels = None
    for layer in model.layers:
        if type(layer) is keras.layers.Flatten:
            pixels = layer
            continue
        if not layer.weights:
            continue
        tensors = [t.numpy() for t in own.pop(0)]
        if tensors[0].ndim == 4:
            tensors[0] = tensors[0].transpose(2, 3, 1, 0)
        elif pixels:
            # Keras flattens rows, columns, channels; ONNX channels, rows, columns.
            side = pixels.inputs[2]
            kernel = tensors[0].reshape(pixels.inputs[3], side, side, -1)
            tensors[0], pixels = kernel.transpose(1, 2, 0, 3).reshape(tensors[0].shape), None
        layer.set_weights(tensors)
    logits = model.predict(images.permute(0, 2, 3, 1))[0]
    off.append(float((logits - expected).abs().max() / expected.abs().max()))
    macs = sum(layer.multiply_accumulates for layer in model.layers)
    print(json.dumps([off, model.count_params(), macs]))
    os.remove(f"network{i}.onnx")
`;
			const { stdout } = await promisify(execFile)(python!, ['-c', script], { cwd: folder });
			const told = stdout.trim().split('\n');
			NAMES.forEach((name, i) => {
				const [errors, parameters, macs] = JSON.parse(told[i]) as [number[], number, number];
				expect(Math.max(...errors), name).toBeLessThan(1e-4);
				const network = analyse(networkOf(parseName(name)));
				expect([parameters, macs], name).toEqual([network.parameterCount, network.macs]);
			});
		} finally {
			rmSync(folder, { recursive: true });
		}
	}
);
