"""
Residual and plain networks: resnet() for ImageNet, cifar_net() for CIFAR-10 (He et al. 2015, Deep Residual Learning for
Image Recognition, Table 1 and section 4.2). With order="pre", normalisation and activation come before each convolution
(He et al. 2016, Identity Mappings in Deep Residual Networks).
"""

from functools import partial

import torch
from torch import nn
from torch.nn import functional as F

ACTIVATIONS = {"relu": nn.ReLU, "leaky-relu": nn.LeakyReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}


def group_norm(channels):
    """Group normalisation (Wu and He 2018) with the largest possible number of equal groups, at most 8."""
    groups = max(n for n in range(1, 9) if channels % n == 0)
    return nn.GroupNorm(groups, channels)


def layer_norm(channels):
    """Layer normalisation (Ba et al. 2016) over channels and pixels: group normalisation with one group."""
    return nn.GroupNorm(1, channels)


# Normalisations by name; each takes the number of channels.
NORMS = {"batch": nn.BatchNorm2d, "group": group_norm, "layer": layer_norm, "none": nn.Identity}


@torch.no_grad()
def twice_he(weight):
    nn.init.kaiming_normal_(weight)
    weight *= 2


# Initialisations of the weights of convolutions and of the dense layer.
DRAWS = {
    # Delving Deep into Rectifiers, He et al. 2015: variance 2 / fan-in.
    "he": nn.init.kaiming_normal_,
    # As "he", but the last weights of every F are zero, so that each block starts as its shortcut.
    "zero-residual": nn.init.kaiming_normal_,
    # Deliberately too wide.
    "twice-he": twice_he,
    # Glorot and Bengio 2010: variance 2 / (fan-in + fan-out).
    "xavier": nn.init.xavier_normal_,
    "small-normal": partial(nn.init.normal_, std=0.01),
}


def initialise(network, kind):
    """Draws all weights anew; biases start at 0."""
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            DRAWS[kind](module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    if kind == "zero-residual":
        for block in getattr(network, "blocks", ()):
            nn.init.zeros_(block.last_weight())


def conv(channels_in, channels, kernel, stride, norm, groups=1):
    """Pads with zeros to keep the size of the map. Has a bias only without a normalisation, which would cancel it."""
    return nn.Conv2d(channels_in, channels, kernel, stride, kernel // 2, groups=groups, bias=norm == "none")


class Subsample(nn.Module):
    """Option A where the shape changes: keeps every other pixel and adds channels of zeros."""

    def __init__(self, stride, channels_added):
        super().__init__()
        self.stride = stride
        self.channels_added = channels_added

    def forward(self, x):
        x = x[:, :, :: self.stride, :: self.stride]
        return F.pad(x, (0, 0, 0, 0, 0, self.channels_added))


class Projection(nn.Sequential):
    """A 1x1 convolution: option B where the shape changes, option C in every block."""


def shortcut_of(option, channels_in, channels, stride, norm, order):
    """Builds the module that carries x past a block's convolutions; None in a plain network."""
    changes = stride != 1 or channels_in != channels
    if option == "none":
        return None
    if option == "C" or (option == "B" and changes):
        project = conv(channels_in, channels, 1, stride, norm)
        return Projection(project, NORMS[norm](channels)) if order == "post" else Projection(project)
    return Subsample(stride, channels - channels_in) if changes else nn.Identity()


class Block(nn.Module):
    """
    Convolutions F and a shortcut that carries x past them. The block outputs F(x) + x; without a shortcut, F(x).

    convolutions    channels, kernel size and stride of each, and groups of channels if there are several
    end             module that F has after its convolutions
    """

    def __init__(self, channels_in, convolutions, shortcut, norm, activation, order, end=None):
        super().__init__()
        self.activation = ACTIVATIONS[activation]()
        self.order = order
        # 1 for a whole shortcut, 0 for a cut one.
        self.gate = 1.0
        self.count = len(convolutions)
        channels = channels_in
        for i, (filters, kernel, stride, *groups) in enumerate(convolutions, 1):
            self.add_module(f"conv{i}", conv(channels, filters, kernel, stride, norm, *groups))
            self.add_module(f"norm{i}", NORMS[norm](filters if order == "post" else channels))
            channels = filters
        self.end = end or nn.Identity()
        strides = max(stride for _, _, stride, *_ in convolutions)
        self.shortcut = shortcut_of(shortcut, channels_in, channels, strides, norm, order)

    def layers(self):
        """Pairs of each convolution and its normalisation."""
        return [(getattr(self, f"conv{i}"), getattr(self, f"norm{i}")) for i in range(1, self.count + 1)]

    def last_weight(self):
        """The weight that makes F zero if it is zero: of the last normalisation or convolution, or a learned scale."""
        if hasattr(self.end, "scale"):
            return self.end.scale
        convolution, norm = self.layers()[-1]
        ends_with_norm = self.order == "post" and not isinstance(norm, nn.Identity)
        return norm.weight if ends_with_norm else convolution.weight

    def forward(self, x):
        y = a = x
        for i, (convolution, norm) in enumerate(self.layers()):
            if self.order == "post":
                y = norm(convolution(self.activation(y) if i else y))
            else:
                y = self.activation(norm(y))
                a = a if i else y
                y = convolution(y)
        y = self.end(y)
        if self.shortcut is not None:
            y = y + self.gate * self.shortcut(a if isinstance(self.shortcut, Projection) else x)
        return self.activation(y) if self.order == "post" else y


def basic(width, stride):
    """Two 3x3 convolutions."""
    return [(width, 3, stride), (width, 3, 1)]


def bottleneck(width, stride, stride_at):
    """A 1x1 convolution that reduces the channels, a 3x3 one, and a 1x1 one that restores four times as many."""
    stride1, stride2 = (stride, 1) if stride_at == "1x1" else (1, stride)
    return [(width, 1, stride1), (width, 3, stride2), (4 * width, 1, 1)]


class ResNet(nn.Module):
    """
    A stem, stages of blocks, global average pooling, and a dense layer. The first block of each later stage halves
    height and width, and the stage has twice as many channels as the one before.

    convolutions    basic or bottleneck: the convolutions of a block from its width and stride
    counts          number of blocks in each stage
    width           channels of the first stage
    large           for images of ImageNet's size: the stem divides height and width by 4
    shortcut        "A", "B" or "C" of the paper, or "none": a plain network
    norm            "batch", "group", "layer" or "none"
    activation      "relu", "leaky-relu", "tanh" or "sigmoid"
    order           "post" or "pre"
    dropout         rate before the dense layer
    initialisation  a key of DRAWS
    gates           factor of each block's shortcut; 1 by default
    ends            makes what F has after its convolutions, from the block's number, the number of blocks, F's channels
    """

    def __init__(
        self,
        convolutions,
        counts,
        width,
        large,
        image_channels,
        classes,
        shortcut,
        norm="batch",
        activation="relu",
        order="post",
        dropout=0.0,
        initialisation="he",
        gates=None,
        ends=None,
    ):
        super().__init__()
        self.activation = ACTIVATIONS[activation]()
        if large:
            self.stem = conv(image_channels, width, 7, 2, norm)
            self.pool = nn.MaxPool2d(3, stride=2, padding=1)
        else:
            self.stem = conv(image_channels, width, 3, 1, norm)
            self.pool = nn.Identity()
        self.stem_norm = NORMS[norm](width) if large or order == "post" else None
        blocks = []
        channels = width
        for stage, count in enumerate(counts):
            for i in range(count):
                stride = 2 if stage > 0 and i == 0 else 1
                own = convolutions(width * 2**stage, stride)
                end = ends(len(blocks), sum(counts), own[-1][0]) if ends else None
                blocks.append(Block(channels, own, shortcut, norm, activation, order, end))
                channels = own[-1][0]
        self.blocks = nn.Sequential(*blocks)
        self.head_norm = NORMS[norm](channels) if order == "pre" else None
        self.dropout = nn.Dropout(dropout)
        self.dense = nn.Linear(channels, classes)
        initialise(self, initialisation)
        self.set_gates(gates or [1.0] * len(blocks))

    def forward(self, x):
        x = self.stem(x)
        if self.stem_norm is not None:
            x = self.activation(self.stem_norm(x))
        x = self.blocks(self.pool(x))
        if self.head_norm is not None:
            x = self.activation(self.head_norm(x))
        return self.dense(self.dropout(x.mean((2, 3))))

    def set_gates(self, gates):
        for block, gate in zip(self.blocks, gates):
            block.gate = gate


def cifar_net(depth, width=16, image_channels=3, classes=10, shortcut="A", **options):
    """Builds a network of depth 6n + 2: a stem, three stages of n basic blocks, and a dense layer."""
    return ResNet(basic, [(depth - 2) // 6] * 3, width, False, image_channels, classes, shortcut, **options)


def resnet(depth, shortcut="B", stride="1x1", image_channels=3, classes=1000, **options):
    """Depth: 18, 34, 50, 101 or 152; stride ("1x1" or "3x3"): which convolution of a bottleneck halves the map."""
    counts = {18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3], 101: [3, 4, 23, 3], 152: [3, 8, 36, 3]}[depth]
    convolutions = basic if depth < 50 else partial(bottleneck, stride_at=stride)
    return ResNet(convolutions, counts, 64, True, image_channels, classes, shortcut, **options)
