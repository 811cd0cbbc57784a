"""
Compares networks in PyTorch with ONNX Runtime, with the weights of the ONNX files, which it also writes as NumPy
arrays. Prints for each the largest difference of the logits, relative to the largest logit. Standard input is a list of
[call, path without its ending].
"""

import json
import sys

import numpy
import onnx
import torch
from onnx import numpy_helper

from families import build

for call, path in json.load(sys.stdin):
    graph = onnx.load(f"{path}.onnx").graph
    network = build(call).eval()
    channels, height, width = [d.dim_value for d in graph.input[0].type.tensor_type.shape.dim[1:]]
    index = torch.arange(channels * height * width)
    images = torch.sin(((index * index) % 1021).float()).reshape(1, channels, height, width)
    # Layers in the order of their calls, which is that of the description.
    layers = []
    for module in network.modules():
        if list(module.parameters(recurse=False)):
            module.register_forward_hook(lambda m, _x, _y, layers=layers: layers.append(m))
    with torch.no_grad():
        network(images)
        values = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
        nodes = [node for node in graph.node if node.op_type in ("Conv", "BatchNormalization", "Gemm")]
        own = [[values[name] for name in node.input[1:]] for node in nodes]
        assert len(own) == len(layers), (len(own), len(layers))
        for tensors, layer in zip(own, layers):
            into = [layer.weight, layer.bias, getattr(layer, "running_mean", None), getattr(layer, "running_var", None)]
            into = [t for t in into if t is not None]
            assert len(into) == len(tensors)
            for tensor, target in zip(tensors, into):
                tensor = torch.from_numpy(tensor.copy())
                target.copy_(tensor.T if isinstance(layer, torch.nn.Linear) and tensor.dim() == 2 else tensor)
        logits = network(images)[0].numpy()
    numpy.savez(path, **{f"{i}.{j}": tensor for i, tensors in enumerate(own) for j, tensor in enumerate(tensors)})
    expected = numpy.fromfile(f"{path}.logits", "<f4")
    print(json.dumps(float(abs(logits - expected).max() / abs(expected).max())))
