"""
A small DenseNet (Huang et al. 2017) for images of CIFAR-10's size: each layer adds a few maps to all that came before,
which are concatenated, not summed.
"""

import torch
from torch import nn

from resnet import ACTIVATIONS, NORMS, conv, initialise


class Layer(nn.Module):
    """Normalisation, activation and a 3x3 convolution, whose maps are appended to the input's."""

    def __init__(self, channels, growth, norm, activation):
        super().__init__()
        self.norm1 = NORMS[norm](channels)
        self.activation = ACTIVATIONS[activation]()
        self.conv1 = conv(channels, growth, 3, 1, norm)

    def last_weight(self):
        return self.conv1.weight

    def forward(self, x):
        return torch.cat([x, self.conv1(self.activation(self.norm1(x)))], 1)


class DenseNet(nn.Module):
    """Three stages of `count` layers, between them a 1x1 convolution and average pooling."""

    def __init__(self, count, growth, width, image_channels, classes, norm, activation, initialisation):
        super().__init__()
        self.count = count
        self.activation = ACTIVATIONS[activation]()
        self.stem = conv(image_channels, width, 3, 1, norm)
        self.blocks = nn.ModuleList()
        channels = width
        for stage in range(3):
            for _ in range(count):
                self.blocks.append(Layer(channels, growth, norm, activation))
                channels += growth
            if stage < 2:
                self.add_module(f"transition{stage + 1}_norm", NORMS[norm](channels))
                self.add_module(f"transition{stage + 1}", conv(channels, channels, 1, 1, norm))
        self.head_norm = NORMS[norm](channels)
        self.dense = nn.Linear(channels, classes)
        initialise(self, initialisation)

    def forward(self, x):
        x = self.stem(x)
        for i, block in enumerate(self.blocks):
            stage = i // self.count
            if stage and i % self.count == 0:
                x = self.activation(getattr(self, f"transition{stage}_norm")(x))
                x = nn.functional.avg_pool2d(getattr(self, f"transition{stage}")(x), 2)
            x = block(x)
        return self.dense(self.activation(self.head_norm(x)).mean((2, 3)))


def densenet_mini(
    depth=22,
    growth=8,
    width=16,
    image_channels=3,
    classes=10,
    norm="batch",
    activation="relu",
    initialisation="he",
):
    """Depth 3n + 4. growth: the maps that each layer adds; width: channels of the stem."""
    return DenseNet((depth - 4) // 3, growth, width, image_channels, classes, norm, activation, initialisation)
