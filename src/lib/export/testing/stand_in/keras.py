"""
Replaces Keras in tests on machines without it: the functions that the exported code uses, as Keras documents them,
computed by PyTorch on [N, H, W, C], for inference only.
"""

from types import SimpleNamespace

import numpy
import torch
from torch.nn import functional as F

ACTIVATIONS = {None: lambda x: x, "relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}


class Node:
    """A symbolic value with its shape; `example` is computed from zeros."""

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
    def __init__(self, inputs, outputs):
        self.inputs, self.outputs = [inputs], outputs
        needed, self.nodes = {outputs}, []
        for node in reversed(Node.all):
            if node in needed:
                needed.update(node.inputs)
                self.nodes.insert(0, node)
        self.layers = [node.layer for node in self.nodes if node.layer is not None]

    def count_params(self):
        averages = [w for layer in self.layers if isinstance(layer, BatchNormalization) for w in layer.weights[2:]]
        return sum(w.numel() for layer in self.layers for w in layer.weights) - sum(w.numel() for w in averages)

    def predict(self, images, verbose=0):
        values = {self.inputs[0]: torch.from_numpy(images)}
        with torch.no_grad():
            for node in self.nodes:
                if node is not self.inputs[0]:
                    values[node] = node.function(*[values[each] for each in node.inputs])
        return values[self.outputs].numpy()


class Layer:
    def __init__(self, name=None):
        self.name, self.weights = name, []

    def build(self, shape):
        pass

    def add_weight(self, shape, initializer, regularizer=None):
        self.weights.append(initializer(shape))
        return self.weights[-1]

    def __call__(self, x):
        many = isinstance(x, (list, tuple))
        inputs = list(x) if many else [x]
        self.input = inputs[0]
        self.build(self.input.shape)
        self.output = apply(lambda *values: self.call(values if many else values[0]), inputs, self)
        return self.output

    def get_weights(self):
        return [w.numpy() for w in self.weights]

    def set_weights(self, values):
        assert [tuple(v.shape) for v in values] == [tuple(w.shape) for w in self.weights], self.name
        for weight, value in zip(self.weights, values):
            weight.copy_(torch.as_tensor(value.copy()))


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
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        groups=1,
        activation=None,
        use_bias=True,
        kernel_initializer=None,
        bias_initializer=None,
        name=None,
    ):
        super().__init__(name)
        self.bias = bias_initializer or torch.zeros
        self.filters, self.kernel, self.strides, self.padding = filters, kernel_size, strides, padding
        self.groups, self.activation, self.use_bias = groups, ACTIVATIONS[activation], use_bias
        self.draw = kernel_initializer or initializers.Zeros()

    def build(self, shape):
        self.weights = [self.draw((self.kernel, self.kernel, shape[-1] // self.groups, self.filters))]
        if self.use_bias:
            self.weights.append(self.bias((self.filters,)))

    def call(self, x):
        kernel, bias = self.weights[0].permute(3, 2, 0, 1), self.weights[1] if self.use_bias else None

        def convolve(y):
            y = padded(y, self.kernel, self.strides, self.padding)
            return F.conv2d(y, kernel, bias, self.strides, groups=self.groups)

        return self.activation(moved(x, convolve))


class Dense(Layer):
    def __init__(self, units, activation=None, kernel_initializer=None, name=None):
        super().__init__(name)
        self.units, self.activation = units, ACTIVATIONS[activation]
        self.draw = kernel_initializer or initializers.Zeros()

    def build(self, shape):
        self.weights = [self.draw((shape[-1], self.units)), torch.zeros(self.units)]

    def call(self, x):
        return self.activation(x @ self.weights[0] + self.weights[1])


class BatchNormalization(Layer):
    def __init__(self, momentum=0.99, epsilon=1e-3, gamma_initializer="ones", name=None):
        super().__init__(name)
        self.epsilon, self.gamma = epsilon, {"ones": 1.0, "zeros": 0.0}[gamma_initializer]

    def build(self, shape):
        self.weights = [torch.full(shape[-1:], value) for value in (self.gamma, 0.0, 0.0, 1.0)]

    def call(self, x):
        gamma, beta, mean, variance = self.weights
        return (x - mean) / torch.sqrt(variance + self.epsilon) * gamma + beta


class GroupNormalization(Layer):
    def __init__(self, groups=32, epsilon=1e-3, gamma_initializer="ones", name=None):
        super().__init__(name)
        self.groups, self.epsilon = groups, epsilon
        self.gamma = {"ones": 1.0, "zeros": 0.0}[gamma_initializer]

    def build(self, shape):
        self.weights = [torch.full(shape[-1:], value) for value in (self.gamma, 0.0)]

    def call(self, x):
        return F.group_norm(x.movedim(-1, 1), self.groups, *self.weights, self.epsilon).movedim(1, -1)


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


def pad(x, widths, constant_values=0.0):
    if isinstance(x, Node):
        return apply(lambda value: pad(value, widths, constant_values), [x])
    return F.pad(x, [side for width in reversed(widths) for side in width], value=constant_values)


def variance_scaling(scale, mode, distribution):
    assert distribution == "untruncated_normal"

    def draw(shape):
        pixels = numpy.prod(shape[:-2], dtype=int)
        fans = {"fan_in": pixels * shape[-2], "fan_avg": pixels * (shape[-2] + shape[-1]) / 2}
        return torch.randn(shape) * (scale / fans[mode]) ** 0.5

    return draw


layers = SimpleNamespace(
    Activation=simple(lambda x, kind: ACTIVATIONS[kind](x)),
    Add=simple(lambda xs: sum(xs)),
    AveragePooling2D=simple(lambda x, size: moved(x, lambda y: F.avg_pool2d(y, size))),
    BatchNormalization=BatchNormalization,
    Concatenate=simple(lambda xs: torch.cat(xs, -1)),
    Conv2D=Conv2D,
    Dense=Dense,
    Dropout=simple(lambda x, rate, noise_shape=None: x),
    Flatten=simple(lambda x: x.flatten(1)),
    GlobalAveragePooling2D=simple(lambda x: x.mean((1, 2))),
    GroupNormalization=GroupNormalization,
    Layer=Layer,
    LeakyReLU=simple(lambda x, negative_slope=0.3: F.leaky_relu(x, negative_slope)),
    MaxPooling2D=MaxPooling2D,
    Multiply=simple(lambda xs: xs[0] * xs[1]),
    ReLU=simple(torch.relu),
    Rescaling=simple(lambda x, scale, offset=0.0: x * scale + offset),
    Reshape=simple(lambda x, shape: x.reshape(-1, *shape)),
    ZeroPadding2D=simple(lambda x, size: F.pad(x, (0, 0, size, size, size, size))),
)
ops = SimpleNamespace(pad=pad, square=torch.square)
initializers = SimpleNamespace(
    Constant=lambda value: lambda shape: torch.full(shape, float(value)),
    VarianceScaling=variance_scaling,
    RandomNormal=lambda stddev: lambda shape: torch.randn(shape) * stddev,
    Zeros=lambda: torch.zeros,
)
utils = SimpleNamespace(clear_session=Node.all.clear, set_random_seed=torch.manual_seed)
