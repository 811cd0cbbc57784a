"""
Residual and plain networks: resnet() for ImageNet, cifar_net() for CIFAR-10 (He et al. 2015, Deep Residual Learning for
Image Recognition, Table 1 and section 4.2). With order="pre", normalisation and activation come before each convolution
(He et al. 2016, Identity Mappings in Deep Residual Networks).
"""

from functools import partial

import keras
from keras import initializers, layers, ops

ACTIVATIONS = {
    "relu": layers.ReLU,
    "leaky-relu": partial(layers.LeakyReLU, negative_slope=0.01),
    "tanh": partial(layers.Activation, "tanh"),
    "sigmoid": partial(layers.Activation, "sigmoid"),
}


def group_norm(channels, **arguments):
    """Group normalisation (Wu and He 2018) with the largest possible number of equal groups, at most 8."""
    groups = max(n for n in range(1, 9) if channels % n == 0)
    return layers.GroupNormalization(groups, epsilon=1e-5, **arguments)


def batch_norm(channels, **arguments):
    """Uses the momentum and epsilon of PyTorch and the browser; Keras's defaults are 0.99 and 0.001."""
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5, **arguments)


def layer_norm(_, **arguments):
    """Layer normalisation (Ba et al. 2016) over channels and pixels: group normalisation with one group."""
    return layers.GroupNormalization(1, epsilon=1e-5, **arguments)


NORMS = {"batch": batch_norm, "group": group_norm, "layer": layer_norm, "none": None}

# Not truncated, unlike Keras's "he_normal" and "glorot_normal".
normal = partial(initializers.VarianceScaling, distribution="untruncated_normal")

# Initialisations of the weights of convolutions and of the dense layer.
DRAWS = {
    # Delving Deep into Rectifiers, He et al. 2015: variance 2 / fan-in.
    "he": partial(normal, 2.0, "fan_in"),
    # As "he", but the last weights of every F are zero, so that each block starts as its shortcut.
    "zero-residual": partial(normal, 2.0, "fan_in"),
    # Deliberately too wide.
    "twice-he": partial(normal, 8.0, "fan_in"),
    # Glorot and Bengio 2010: variance 2 / (fan-in + fan-out).
    "xavier": partial(normal, 1.0, "fan_avg"),
    "small-normal": partial(initializers.RandomNormal, stddev=0.01),
}


class Parts:
    """
    Makes layers with the options of one network.

    shortcut        "A", "B" or "C" of the paper, or "none": a plain network
    norm            "batch", "group", "layer" or "none"
    activation      "relu", "leaky-relu", "tanh" or "sigmoid"
    order           "post" or "pre"
    initialisation  a key of DRAWS
    """

    def __init__(self, shortcut, norm="batch", activation="relu", order="post", initialisation="he"):
        self.shortcut, self.order = shortcut, order
        self.make_norm, self.make_activation = NORMS[norm], ACTIVATIONS[activation]
        self.draw = DRAWS[initialisation]
        # The last weights of F: a normalisation's gamma or a kernel.
        ends_with_norm = order == "post" and norm != "none"
        zero = initialisation == "zero-residual"
        self.last_kernel = initializers.Zeros if zero and not ends_with_norm else self.draw
        self.last_gamma = "zeros" if zero and ends_with_norm else "ones"

    def act(self, x):
        return self.make_activation()(x)

    def norm(self, x, name, gamma="ones"):
        return self.make_norm(x.shape[-1], gamma_initializer=gamma, name=name)(x) if self.make_norm else x

    def dense(self, x, units, name, activation=None):
        return layers.Dense(units, activation=activation, kernel_initializer=self.draw(), name=name)(x)

    def conv(self, x, channels, kernel, stride, name, draw=None, groups=1):
        # Pads all four sides; with a stride of 2, "same" would pad only two.
        if kernel > 1:
            x = layers.ZeroPadding2D(kernel // 2)(x)
        # A normalisation would cancel a bias.
        options = {"use_bias": not self.make_norm, "kernel_initializer": (draw or self.draw)(), "name": name}
        return layers.Conv2D(channels, kernel, stride, groups=groups, **options)(x)

    def layer(self, x, channels, kernel, stride, name):
        """A convolution, its normalisation and its activation."""
        return self.act(self.norm(self.conv(x, channels, kernel, stride, name), f"{name}_norm"))

    def carried(self, x, a, channels, stride, name):
        """The output of a block's shortcut: x, x subsampled, or a 1x1 convolution of a."""
        changes = stride != 1 or x.shape[-1] != channels
        if self.shortcut == "C" or (self.shortcut == "B" and changes):
            x = self.conv(a, channels, 1, stride, f"{name}.shortcut.0")
            return self.norm(x, f"{name}.shortcut.1") if self.order == "post" else x
        return subsample(x, stride, channels) if changes else x


def subsample(x, stride, channels):
    """Option A where the shape changes: keeps every other pixel and adds channels of zeros."""
    x = layers.MaxPooling2D(1, stride)(x)
    return ops.pad(x, ((0, 0), (0, 0), (0, 0), (0, channels - x.shape[-1])))


def block(parts, x, convolutions, name, gate, end=None):
    """
    Convolutions F and a shortcut that carries x past them. The block outputs F(x) + x; without a shortcut, F(x).

    convolutions    channels, kernel size and stride of each, and groups of channels if there are several
    gate            1 for a whole shortcut, 0 for a cut one
    end             makes what F has after its convolutions, from their output
    """
    y = a = parts.act(parts.norm(x, f"{name}.norm1")) if parts.order == "pre" else x
    for i, (channels, kernel, stride, *groups) in enumerate(convolutions, 1):
        last = i == len(convolutions)
        y = parts.conv(y, channels, kernel, stride, f"{name}.conv{i}", parts.last_kernel if last else None, *groups)
        if parts.order == "post":
            y = parts.norm(y, f"{name}.norm{i}", parts.last_gamma if last else "ones")
        elif not last:
            y = parts.norm(y, f"{name}.norm{i + 1}")
        if not last:
            y = parts.act(y)
    if end:
        y = end(y)
    if parts.shortcut != "none":
        strides = max(stride for _, _, stride, *_ in convolutions)
        x = parts.carried(x, a, channels, strides, name)
        y = layers.Add()([y, layers.Rescaling(gate)(x) if gate != 1 else x])
    return parts.act(y) if parts.order == "post" else y


def basic(width, stride):
    """Two 3x3 convolutions."""
    return [(width, 3, stride), (width, 3, 1)]


def bottleneck(width, stride, stride_at):
    """A 1x1 convolution that reduces the channels, a 3x3 one, and a 1x1 one that restores four times as many."""
    stride1, stride2 = (stride, 1) if stride_at == "1x1" else (1, stride)
    return [(width, 1, stride1), (width, 3, stride2), (4 * width, 1, 1)]


def stages(parts, x, convolutions, counts, width, gates, ends=None):
    """
    Each later stage starts by halving height and width, and has twice as many channels as the one before. `ends` makes
    what F has after its convolutions, from the block's number, the number of blocks, F's output and the block's name.
    """
    number = 0
    for stage, count in enumerate(counts):
        for i in range(count):
            stride = 2 if stage > 0 and i == 0 else 1
            gate = gates[number] if gates else 1
            name = f"blocks.{number}"
            end = partial(ends, number, sum(counts), name=name) if ends else None
            x = block(parts, x, convolutions(width * 2**stage, stride), name, gate, end)
            number += 1
    return parts.act(parts.norm(x, "head_norm")) if parts.order == "pre" else x


def classify(parts, inputs, x, classes, dropout):
    """Global average pooling and a dense layer."""
    x = layers.GlobalAveragePooling2D()(x)
    if dropout:
        x = layers.Dropout(dropout)(x)
    return keras.Model(inputs, parts.dense(x, classes, "dense"))


def small(parts, convolutions, count, size, width, image_channels, classes, dropout=0.0, gates=None, ends=None):
    """A network for images of CIFAR-10's size: stem, three stages of `count` blocks, dense layer."""
    inputs = keras.Input((size, size, image_channels))
    x = parts.conv(inputs, width, 3, 1, "stem")
    if parts.order == "post":
        x = parts.act(parts.norm(x, "stem_norm"))
    x = stages(parts, x, convolutions, [count] * 3, width, gates, ends)
    return classify(parts, inputs, x, classes, dropout)


def cifar_net(depth, size=32, width=16, image_channels=3, classes=10, shortcut="A", dropout=0.0, gates=None, **options):
    """Builds a network of depth 6n + 2 from basic blocks. Options as in Parts."""
    parts = Parts(shortcut, **options)
    return small(parts, basic, (depth - 2) // 6, size, width, image_channels, classes, dropout, gates)


def resnet(
    depth, size=224, image_channels=3, classes=1000, shortcut="B", stride="1x1", dropout=0.0, gates=None, **options
):
    """Depth: 18, 34, 50, 101 or 152; stride ("1x1" or "3x3"): which convolution of a bottleneck halves the map."""
    counts = {18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3], 101: [3, 4, 23, 3], 152: [3, 8, 36, 3]}[depth]
    parts = Parts(shortcut, **options)
    inputs = keras.Input((size, size, image_channels))
    x = parts.act(parts.norm(parts.conv(inputs, 64, 7, 2, "stem"), "stem_norm"))
    x = ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=-float("inf"))
    x = layers.MaxPooling2D(3, 2)(x)
    x = stages(parts, x, basic if depth < 50 else partial(bottleneck, stride_at=stride), counts, 64, gates)
    return classify(parts, inputs, x, classes, dropout)
