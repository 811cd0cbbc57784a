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


def called(network, images):
    """
    The layers with parameters in the order of their calls, which is that of the description, and for each dense one the
    shape of the map that it reads flattened, or None.
    """
    layers = []
    flattened = {}

    def noted(layer, inputs, _):
        if isinstance(layer, torch.nn.Flatten):
            flattened["next"] = inputs[0].shape[1:]
        elif list(layer.parameters(recurse=False)):
            layers.append(layer)
            if isinstance(layer, torch.nn.Linear):
                flattened[layer] = flattened.pop("next", None)

    for module in network.modules():
        module.register_forward_hook(noted)
    with torch.no_grad():
        network(images)
    return layers, flattened


for call, path in json.load(sys.stdin):
    graph = onnx.load(f"{path}.onnx").graph
    network = build(call).eval()
    channels, height, width = [d.dim_value for d in graph.input[0].type.tensor_type.shape.dim[1:]]
    index = torch.arange(channels * height * width)
    images = torch.sin(((index * index) % 1021).float()).reshape(1, channels, height, width)
    layers, flattened = called(network, images)
    with torch.no_grad():
        values = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
        own = [
            [values[name] for name in node.input[1:]]
            for node in graph.node
            if node.op_type in ("Conv", "BatchNormalization", "Gemm") or node.input[-1].endswith("/scale")
        ]
        assert len(own) == len(layers), (len(own), len(layers))
        for tensors, layer in zip(own, layers):
            names = ("weight", "bias", "running_mean", "running_var", "scale")
            into = [t for t in (getattr(layer, name, None) for name in names) if t is not None]
            assert len(into) == len(tensors)
            for tensor, target in zip(tensors, into):
                tensor = torch.from_numpy(tensor.copy())
                if isinstance(layer, torch.nn.Linear) and tensor.dim() == 2:
                    tensor = tensor.T
                    if flattened[layer]:
                        # The app flattens a map as rows, columns, channels, PyTorch as channels, rows, columns.
                        channels, height, width = flattened[layer]
                        rows = tensor.reshape(-1, height, width, channels)
                        tensor = rows.permute(0, 3, 1, 2).reshape(tensor.shape)
                target.copy_(tensor)
        logits = network(images)[0].numpy()
    numpy.savez(path, **{f"{i}.{j}": tensor for i, tensors in enumerate(own) for j, tensor in enumerate(tensors)})
    expected = numpy.fromfile(f"{path}.logits", "<f4")
    print(json.dumps(float(abs(logits - expected).max() / abs(expected).max())))
