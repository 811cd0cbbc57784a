"""
Small relatives of the networks before ResNet, for images of CIFAR-10's size: AlexNet (Krizhevsky et al. 2012), VGG
(Simonyan and Zisserman 2014) and GoogLeNet (Szegedy et al. 2014), with or without a normalisation.
"""

from collections import OrderedDict

import torch
from torch import nn

from resnet import ACTIVATIONS, NORMS, conv, initialise


def layer(name, channels_in, channels, kernel, norm, activation):
    """A convolution, its normalisation and its activation, by name."""
    return {
        name: conv(channels_in, channels, kernel, 1, norm),
        f"{name}_norm": NORMS[norm](channels),
        f"{name}_activation": ACTIVATIONS[activation](),
    }


def dense_head(inputs, units, classes, dropout, activation):
    """Two dense layers, with dropout before them, and the last one."""
    head = {"flatten": nn.Flatten()}
    for i, size in ((1, inputs), (2, units)):
        head[f"dropout{i}"] = nn.Dropout(dropout)
        head[f"dense{i}"] = nn.Linear(size, units)
        head[f"dense{i}_activation"] = ACTIVATIONS[activation]()
    return {**head, "dense3": nn.Linear(units, classes)}


def alexnet_mini(
    width=16,
    size=32,
    image_channels=3,
    classes=10,
    lrn="on",
    dropout=0.0,
    norm="none",
    activation="relu",
    initialisation="he",
):
    """
    Eight layers. Pooling halves the map three times, rounding up.

    size    height and width of the images
    lrn     "on" or "off": local response normalisation after the first two convolutions
    """
    # PyTorch divides alpha by the size of the neighbourhood; the paper does not.
    response = {"lrn": nn.LocalResponseNorm(5, alpha=5 * 1e-4, beta=0.75, k=2)} if lrn == "on" else {}
    parts = OrderedDict()
    channels = image_channels
    for i, (multiple, kernel) in enumerate([(1, 5), (3, 5), (6, 3), (4, 3), (4, 3)], 1):
        parts.update(layer(f"conv{i}", channels, multiple * width, kernel, norm, activation))
        channels = multiple * width
        if i <= 2:
            parts.update({f"conv{i}_{name}": module for name, module in response.items()})
        if i in (1, 2, 5):
            parts[f"conv{i}_pool"] = nn.MaxPool2d(3, stride=2, padding=1)
            size = -(-size // 2)
    parts.update(dense_head(channels * size * size, 4 * width, classes, dropout, activation))
    network = nn.Sequential(parts)
    initialise(network, initialisation)
    return network


def vgg_mini(
    depth=8,
    width=16,
    size=32,
    image_channels=3,
    classes=10,
    dropout=0.0,
    norm="none",
    activation="relu",
    initialisation="he",
):
    """
    Three stages of 3x3 convolutions, which get equal shares of all but three layers, the later ones the rest; then
    three dense layers.

    size    height and width of the images
    """
    parts = OrderedDict()
    channels = image_channels
    for stage in range(3):
        for i in range((depth - 3 + stage) // 3):
            parts.update(layer(f"conv{stage + 1}_{i + 1}", channels, width * 2**stage, 3, norm, activation))
            channels = width * 2**stage
        parts[f"pool{stage + 1}"] = nn.MaxPool2d(2)
        size //= 2
    parts.update(dense_head(channels * size * size, 4 * width, classes, dropout, activation))
    network = nn.Sequential(parts)
    initialise(network, initialisation)
    return network


class Inception(nn.ModuleDict):
    """Four parallel branches, concatenated along the channels."""

    def __init__(self, channels_in, filters, norm, activation):
        super().__init__()
        reduce3, three, reduce5, five = (max(1, int(filters * share + 0.5)) for share in (1.5, 2, 0.25, 0.5))
        for name, *sizes in [
            ("3x3_reduce", channels_in, reduce3, 1),
            ("5x5_reduce", channels_in, reduce5, 1),
            ("1x1", channels_in, filters, 1),
            ("3x3", reduce3, three, 3),
            ("5x5", reduce5, five, 5),
            ("pool_1x1", channels_in, five, 1),
        ]:
            self.update(layer(name, *sizes, norm, activation))
        self["pool"] = nn.MaxPool2d(3, stride=1, padding=1)
        self.channels = filters + three + 2 * five

    def branch(self, x, *names):
        for name in names:
            x = self[f"{name}_activation"](self[f"{name}_norm"](self[name](x)))
        return x

    def forward(self, x):
        # In the order of the description: reductions first.
        three, five = self.branch(x, "3x3_reduce"), self.branch(x, "5x5_reduce")
        return torch.cat(
            [
                self.branch(x, "1x1"),
                self.branch(three, "3x3"),
                self.branch(five, "5x5"),
                self.branch(self["pool"](x), "pool_1x1"),
            ],
            1,
        )


class GoogLeNet(nn.Module):
    """In training, with auxiliary heads, the output is a list: the logits, and those of the heads."""

    # Modules by stage, and those followed by an auxiliary head.
    STAGES = (("3a", "3b"), ("4a", "4b", "4c"), ("5a", "5b"))
    AUXILIARY = ("4a", "4c")

    def __init__(self, width, image_channels, classes, aux, dropout, norm, activation, initialisation):
        super().__init__()
        for name, module in layer("conv1", image_channels, width, 3, norm, activation).items():
            self.add_module(name, module)
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)
        channels = width
        for stage, names in enumerate(self.STAGES):
            for name in names:
                module = Inception(channels, width * 2**stage, norm, activation)
                self.add_module(f"inception{name}", module)
                channels = module.channels
                if aux == "on" and name in self.AUXILIARY:
                    head = nn.ModuleDict(layer("conv", channels, 2 * width, 1, norm, activation))
                    head["dense"] = nn.Linear(2 * width, classes)
                    self.add_module(f"auxiliary{name}", head)
        self.dropout = nn.Dropout(dropout)
        self.dense = nn.Linear(channels, classes)
        # Modules have no residual branch to zero.
        initialise(self, "he" if initialisation == "zero-residual" else initialisation)

    @property
    def blocks(self):
        return [getattr(self, f"inception{name}") for names in self.STAGES for name in names]

    def forward(self, x):
        x = self.conv1_activation(self.conv1_norm(self.conv1(x)))
        scores = []
        for names in self.STAGES:
            x = self.pool(x)
            for name in names:
                x = getattr(self, f"inception{name}")(x)
                head = getattr(self, f"auxiliary{name}", None)
                if head is not None and self.training:
                    y = head["conv_activation"](head["conv_norm"](head["conv"](x)))
                    scores.append(head["dense"](y.mean((2, 3))))
        logits = self.dense(self.dropout(x.mean((2, 3))))
        return [logits, *scores] if scores else logits


def googlenet_mini(
    width=8,
    image_channels=3,
    classes=10,
    aux="on",
    dropout=0.0,
    norm="none",
    activation="relu",
    initialisation="he",
):
    """
    Seven inception modules. In training, the loss of each auxiliary head counts 0.3.

    aux     "on" or "off": the auxiliary heads
    """
    return GoogLeNet(width, image_channels, classes, aux, dropout, norm, activation, initialisation)
