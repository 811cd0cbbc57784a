"""
A small highway network (Srivastava, Greff and Schmidhuber 2015) for images of CIFAR-10's size: y = T H + (1 - T) x,
where T, computed from x, decides for every value how much of the convolution H replaces x.
"""

import torch
from torch import nn

from resnet import ACTIVATIONS, NORMS, conv, initialise


class Highway(nn.Module):
    """One highway layer. `gate` multiplies what is carried: 1 for all of it, 0 to cut it."""

    def __init__(self, channels, norm, activation):
        super().__init__()
        self.gate = 1.0
        self.conv1 = conv(channels, channels, 3, 1, norm)
        self.norm1 = NORMS[norm](channels)
        self.activation = ACTIVATIONS[activation]()
        self.transform = nn.Conv2d(channels, channels, 3, padding=1)

    def last_weight(self):
        """The weight that makes H zero if it is zero, unless the activation is a sigmoid."""
        return self.conv1.weight if isinstance(self.norm1, nn.Identity) else self.norm1.weight

    def forward(self, x):
        h = self.activation(self.norm1(self.conv1(x)))
        t = torch.sigmoid(self.transform(x))
        return t * h + self.gate * (1 - t) * x


class HighwayNet(nn.Module):
    """Three stages, each of a plain layer and `count` highway layers."""

    def __init__(self, count, bias, width, image_channels, classes, norm, activation, initialisation, gates):
        super().__init__()
        self.count = count
        self.activation = ACTIVATIONS[activation]()
        self.blocks = nn.ModuleList()
        channels = image_channels
        for stage, name in enumerate(("stem", "plain2", "plain3")):
            self.add_module(name, conv(channels, width * 2**stage, 3, 2 if stage else 1, norm))
            channels = width * 2**stage
            self.add_module(f"{name}_norm", NORMS[norm](channels))
            self.blocks.extend(Highway(channels, norm, activation) for _ in range(count))
        self.dense = nn.Linear(channels, classes)
        initialise(self, initialisation)
        for block in self.blocks:
            # At first, most of x is carried.
            nn.init.constant_(block.transform.bias, bias)
        self.set_gates(gates or [1.0] * len(self.blocks))

    def forward(self, x):
        for stage, name in enumerate(("stem", "plain2", "plain3")):
            x = self.activation(getattr(self, f"{name}_norm")(getattr(self, name)(x)))
            for block in self.blocks[stage * self.count : (stage + 1) * self.count]:
                x = block(x)
        return self.dense(x.mean((2, 3)))

    def set_gates(self, gates):
        for block, gate in zip(self.blocks, gates):
            block.gate = gate


def highway_mini(
    depth=19,
    bias=-2.0,
    width=8,
    image_channels=3,
    classes=10,
    norm="none",
    activation="relu",
    initialisation="he",
    gates=None,
):
    """
    Depth 3n + 4.

    bias    initial bias of T
    gates   factor of each layer's (1 - T) x; 1 by default
    """
    return HighwayNet((depth - 4) // 3, bias, width, image_channels, classes, norm, activation, initialisation, gates)
