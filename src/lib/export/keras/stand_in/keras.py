"""
A stand-in for Keras in tests where there is none: what the exported code asks of it, as Keras's documentation describes
it, computed by PyTorch on [N, H, W, C]. In inference alone; draws no weights.
"""

from types import SimpleNamespace

import torch
from torch.nn import functional as F

ACTIVATIONS = {None: lambda x: x, "relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}


class Node:
    """A value that is not there yet, with its shape; `example` is one of zeros."""

    all = []

    def __init__(self, function, inputs, example, layer=None):
        self.function, self.inputs, self.example, self.layer = function, inputs, example, layer
        self.shape = (None, *example.shape[1:])
        Node.all.append(self)


def apply(function, inputs, layer=None):
    with torch.no_grad():
        return Node(function, inputs, function(*[each.example for each in inputs]), layer)


def Input(shape):
    return Node(None, [], torch.zeros(1, *shape))


class Model:
    def __init__(self, inputs, outputs, name):
        self.inputs, self.outputs, self.name = inputs, outputs, name
        needed, self.nodes = {outputs}, []
        for node in reversed(Node.all):
            if node in needed:
                needed.update(node.inputs)
                self.nodes.insert(0, node)
        self.layers = [node.layer for node in self.nodes if node.layer is not None]

    def count_params(self):
        averages = [w for layer in self.layers if isinstance(layer, BatchNormalization) for w in layer.weights[2:]]
        return sum(w.numel() for layer in self.layers for w in layer.weights) - sum(w.numel() for w in averages)

    def predict(self, images):
        values = {self.inputs: images}
        with torch.no_grad():
            for node in self.nodes:
                if node is not self.inputs:
                    values[node] = node.function(*[values[each] for each in node.inputs])
        return values[self.outputs]


class Layer:
    def __init__(self, name=None):
        self.name, self.weights, self.multiply_accumulates = name, [], 0

    def build(self, shape):
        pass

    def __call__(self, x):
        inputs = list(x) if isinstance(x, (list, tuple)) else [x]
        self.inputs = inputs[0].shape
        self.build(self.inputs)
        return apply(lambda *values: self.call(values if isinstance(x, (list, tuple)) else values[0]), inputs, self)

    def set_weights(self, values):
        assert [tuple(v.shape) for v in values] == [tuple(w.shape) for w in self.weights], self.name
        self.weights = [torch.as_tensor(v.copy()) for v in values]


def moved(x, function):
    return function(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


def padded(x, kernel, stride, padding, value=0.0):
    """Of an image [N, C, H, W]: "same" lets the output have size / stride, rounded up, and adds more at the end."""
    if padding == "valid":
        return x
    sides = []
    for size in (x.shape[3], x.shape[2]):
        total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        sides += [total // 2, total - total // 2]
    return F.pad(x, sides, value=value)


class Conv2D(Layer):
    def __init__(
        self, filters, kernel_size, strides=1, padding="valid", groups=1, activation=None, use_bias=True,
        kernel_initializer=None, name=None,
    ):  # fmt: skip
        super().__init__(name)
        self.filters, self.kernel, self.strides, self.padding = filters, kernel_size, strides, padding
        self.groups, self.activation, self.use_bias = groups, ACTIVATIONS[activation], use_bias

    def build(self, shape):
        self.weights = [torch.zeros(self.kernel, self.kernel, shape[-1] // self.groups, self.filters)]
        if self.use_bias:
            self.weights.append(torch.zeros(self.filters))

    def call(self, x):
        kernel, bias = self.weights[0].permute(3, 2, 0, 1), self.weights[1] if self.use_bias else None
        convolve = lambda y: F.conv2d(
            padded(y, self.kernel, self.strides, self.padding), kernel, bias, self.strides, groups=self.groups
        )
        y = moved(x, convolve)
        self.multiply_accumulates = y.shape[1] * y.shape[2] * kernel.numel()
        return self.activation(y)


class Dense(Layer):
    def __init__(self, units, activation=None, kernel_initializer=None, name=None):
        super().__init__(name)
        self.units, self.activation = units, ACTIVATIONS[activation]

    def build(self, shape):
        self.weights = [torch.zeros(shape[-1], self.units), torch.zeros(self.units)]

    def call(self, x):
        self.multiply_accumulates = self.weights[0].numel()
        return self.activation(x @ self.weights[0] + self.weights[1])


class BatchNormalization(Layer):
    def __init__(self, momentum=0.99, epsilon=1e-3, gamma_initializer="ones", name=None):
        super().__init__(name)
        self.epsilon = epsilon

    def build(self, shape):
        self.weights = [torch.full(shape[-1:], value) for value in (1.0, 0.0, 0.0, 1.0)]

    def call(self, x):
        gamma, beta, mean, variance = self.weights
        return (x - mean) / torch.sqrt(variance + self.epsilon) * gamma + beta


class MaxPooling2D(Layer):
    def __init__(self, pool_size=2, strides=None, padding="valid"):
        super().__init__()
        self.size, self.strides, self.padding = pool_size, strides or pool_size, padding

    def call(self, x):
        low = -float("inf")
        return moved(
            x, lambda y: F.max_pool2d(padded(y, self.size, self.strides, self.padding, low), self.size, self.strides)
        )


class Simple(Layer):
    """A layer without weights: its function has its arguments."""

    def __init__(self, *args, **options):
        super().__init__()
        self.args, self.options = args, options

    def call(self, x):
        return type(self).function(x, *self.args, **self.options)


def simple(function):
    return type("Simple", (Simple,), {"function": staticmethod(function)})


def pad(x, widths):
    if isinstance(x, Node):
        return apply(lambda value: pad(value, widths), [x])
    return F.pad(x, [side for width in reversed(widths) for side in width])


layers = SimpleNamespace(
    Activation=simple(lambda x, kind: ACTIVATIONS[kind](x)),
    Add=simple(lambda xs: sum(xs)),
    BatchNormalization=BatchNormalization,
    Concatenate=simple(lambda xs: torch.cat(xs, -1)),
    Conv2D=Conv2D,
    Dense=Dense,
    Dropout=simple(lambda x, rate: x),
    Flatten=simple(lambda x: x.flatten(1)),
    GlobalAveragePooling2D=simple(lambda x: x.mean((1, 2))),
    Layer=Layer,
    LeakyReLU=simple(lambda x, negative_slope=0.3: F.leaky_relu(x, negative_slope)),
    MaxPooling2D=MaxPooling2D,
    Rescaling=simple(lambda x, scale: x * scale),
    ZeroPadding2D=simple(lambda x, size: F.pad(x, (0, 0, size, size, size, size))),
)
ops = SimpleNamespace(pad=pad, square=torch.square)
initializers = SimpleNamespace(
    VarianceScaling=lambda scale, mode, distribution: None, RandomNormal=lambda stddev: None, Zeros=lambda: None
)
