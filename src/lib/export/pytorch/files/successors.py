"""
Small residual networks after those of resnet.py, for images of CIFAR-10's size: bottlenecks (He et al. 2015), wide
networks (Zagoruyko and Komodakis 2016), ResNeXt (Xie et al. 2017), squeeze-and-excitation (Hu et al. 2018), one learned
number for each block (ReZero, Bachlechner et al. 2021; SkipInit, De and Smith 2020), and stochastic depth (Huang et al.
2016). Other options are those of ResNet.
"""

import torch
from torch import nn
from torch.nn import functional as F

from resnet import ResNet, basic


class SqueezeExcite(nn.Module):
    """Multiplies channels by factors between 0 and 1, which two dense layers compute from the channels' means."""

    def __init__(self, channels, reduction):
        super().__init__()
        reduced = -(-channels // reduction)
        self.reduce = nn.Linear(channels, reduced)
        self.excite = nn.Linear(reduced, channels)

    def forward(self, x):
        factors = torch.sigmoid(self.excite(F.relu(self.reduce(x.mean((2, 3))))))
        return x * factors[:, :, None, None]


class Scale(nn.Module):
    """Multiplies everything by one learned number."""

    def __init__(self, initial):
        super().__init__()
        self.scale = nn.Parameter(torch.full((1,), float(initial)))

    def forward(self, x):
        return self.scale * x


class StochasticDepth(nn.Module):
    """In training, drops F for an image with a probability, and divides the others by the probability of keeping it."""

    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        if not self.training or self.rate == 0:
            return x
        kept = torch.rand(len(x), 1, 1, 1, device=x.device) >= self.rate
        return x * kept / (1 - self.rate)


def small(convolutions, count, width, image_channels, classes, shortcut, **options):
    """A stem, three stages of `count` blocks, and a dense layer."""
    return ResNet(convolutions, [count] * 3, width, False, image_channels, classes, shortcut, **options)


def bottleneck_mini(depth=20, width=16, image_channels=3, classes=10, **options):
    """Depth 9n + 2. Blocks of 1x1, 3x3 and 1x1 convolutions; the last has four times as many channels."""

    def bottleneck(channels, stride):
        return [(channels, 1, stride), (channels, 3, 1), (4 * channels, 1, 1)]

    return small(bottleneck, (depth - 2) // 9, width, image_channels, classes, "B", **options)


def resnext_mini(depth=20, groups=8, width=16, image_channels=3, classes=10, **options):
    """Depth 9n + 2. Bottlenecks that are twice as wide inside, with a 3x3 convolution in groups."""

    def aggregated(channels, stride):
        return [(2 * channels, 1, 1), (2 * channels, 3, stride, groups), (4 * channels, 1, 1)]

    return small(aggregated, (depth - 2) // 9, width, image_channels, classes, "B", **options)


def wide_mini(depth=8, factor=3, width=8, image_channels=3, classes=10, **options):
    """Depth 6n + 2, with pre-activation. The first stage has `factor` times as many channels as the stem."""

    def widened(channels, stride):
        return basic(factor * channels, stride)

    return small(widened, (depth - 2) // 6, width, image_channels, classes, "B", order="pre", **options)


def se_mini(depth=20, reduction=4, width=16, image_channels=3, classes=10, **options):
    """Depth 6n + 2. The first dense layer of each block has one unit for `reduction` channels."""

    def ends(number, count, channels):
        return SqueezeExcite(channels, reduction)

    return small(basic, (depth - 2) // 6, width, image_channels, classes, "A", ends=ends, **options)


def rezero_mini(depth=20, scale="rezero", penalty=0.0, width=16, image_channels=3, classes=10, norm="none", **options):
    """
    Depth 6n + 2. scale: "rezero" starts at 0; "skipinit" starts at 1 / sqrt(number of blocks) and has pre-activation.
    The network's `penalty` of its scales is to be added to the loss in training.
    """

    def ends(number, count, channels):
        return Scale(0 if scale == "rezero" else count**-0.5)

    options |= {"order": "post" if scale == "rezero" else "pre", "norm": norm, "ends": ends}
    network = small(basic, (depth - 2) // 6, width, image_channels, classes, "A", **options)
    network.penalty = lambda: penalty * sum(block.end.scale.abs().sum() for block in network.blocks)
    return network


def stochastic_mini(depth=20, survival=0.5, width=16, image_channels=3, classes=10, **options):
    """Depth 6n + 2. The probability of keeping F falls linearly to `survival` in the last block."""

    def ends(number, count, channels):
        return StochasticDepth((1 - survival) * (number + 1) / count)

    return small(basic, (depth - 2) // 6, width, image_channels, classes, "A", ends=ends, **options)
