"""
Checks ONNX files, computes them by PyTorch with the meanings that ONNX gives its operators, and compares the logits.
Prints for each the largest difference, relative to the largest logit. Standard input is a list of [file, file of
logits, shape of the images].
"""

import json
import sys

import numpy
import onnx
import torch
from onnx import helper, numpy_helper
from torch.nn import functional as F


def sides(pads):
    """ONNX lists all starts, then all ends; PyTorch starts with the last axis."""
    half = len(pads) // 2
    return [side for pair in reversed(list(zip(pads[:half], pads[half:]))) for side in pair]


def convolved(a, x, kernel, bias=None):
    return F.conv2d(F.pad(x, sides(a["pads"])), kernel, bias, a["strides"], groups=a["group"])


def largest(a, x):
    x = F.pad(x, sides(a["pads"]), value=-float("inf"))
    return F.max_pool2d(x, a["kernel_shape"], a["strides"], ceil_mode=bool(a["ceil_mode"]))


def batch_normalised(a, x, gamma, beta, mean, variance):
    return F.batch_norm(x, mean, variance, gamma, beta, eps=a["epsilon"])


def unsqueezed(a, x, axes):
    for axis in sorted(axes.tolist()):
        x = x.unsqueeze(axis)
    return x


def reshaped(a, x, shape):
    return x.reshape([x.shape[i] if size == 0 else size for i, size in enumerate(shape.tolist())])


def sliced(a, x, starts, ends, axes, steps):
    for start, end, axis, step in zip(*(values.tolist() for values in (starts, ends, axes, steps))):
        x = x[(slice(None),) * axis + (slice(start, end, step),)]
    return x


OPERATORS = {
    "Add": lambda a, x, y: x + y,
    "AveragePool": lambda a, x: F.avg_pool2d(F.pad(x, sides(a["pads"])), a["kernel_shape"], a["strides"]),
    "BatchNormalization": batch_normalised,
    "Concat": lambda a, *xs: torch.cat(xs, a["axis"]),
    "Conv": convolved,
    "Dropout": lambda a, x, rate: x,
    "Flatten": lambda a, x: x.flatten(a["axis"]),
    "Gemm": lambda a, x, kernel, bias: x @ kernel + bias,
    "GlobalAveragePool": lambda a, x: x.mean((2, 3), keepdim=True),
    "InstanceNormalization": lambda a, x, gamma, beta: F.instance_norm(x, weight=gamma, bias=beta, eps=a["epsilon"]),
    "LRN": lambda a, x: F.local_response_norm(x, a["size"], a["alpha"], a["beta"], a["bias"]),
    "LeakyRelu": lambda a, x: F.leaky_relu(x, a["alpha"]),
    "MaxPool": largest,
    "Mul": lambda a, x, y: x * y,
    "Pad": lambda a, x, pads: F.pad(x, sides(pads.tolist())),
    "Relu": lambda a, x: F.relu(x),
    "Reshape": reshaped,
    "Sigmoid": lambda a, x: torch.sigmoid(x),
    "Slice": sliced,
    "Sub": lambda a, x, y: x - y,
    "Sum": lambda a, *xs: sum(xs),
    "Tanh": lambda a, x: torch.tanh(x),
    "Transpose": lambda a, x: x.permute(a["perm"]),
    "Unsqueeze": unsqueezed,
}

for file, logits, shape in json.load(sys.stdin):
    model = onnx.load(file)
    onnx.checker.check_model(model, full_check=True)
    index = numpy.arange(numpy.prod(shape))
    images = numpy.sin((index * index) % 1021).astype("float32").reshape(shape).transpose(0, 3, 1, 2)
    values = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in model.graph.initializer}
    values["images"] = torch.from_numpy(images.copy())
    for node in model.graph.node:
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        inputs = [values[name] for name in node.input]
        values[node.output[0]] = OPERATORS[node.op_type](attributes, *inputs)
    expected = numpy.fromfile(logits, "<f4")
    print(json.dumps(float(abs(values["logits"].numpy().ravel() - expected).max() / abs(expected).max())))
