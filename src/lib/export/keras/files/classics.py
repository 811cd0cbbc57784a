"""
Small relatives of the networks before ResNet, for images of CIFAR-10's size: AlexNet (Krizhevsky et al. 2012), VGG
(Simonyan and Zisserman 2014) and GoogLeNet (Szegedy et al. 2014), with or without a normalisation. Other options are
those of Parts.
"""

import keras
from keras import layers, ops

from resnet import Parts


class LocalResponseNormalization(layers.Layer):
    """Normalises each value by the squares of five neighbouring channels (Krizhevsky et al. 2012, section 3.3)."""

    def call(self, x):
        channels = x.shape[-1]
        squares = ops.pad(ops.square(x), ((0, 0), (0, 0), (0, 0), (2, 2)))
        around = sum(squares[..., i : i + channels] for i in range(5))
        return x / (2.0 + 1e-4 * around) ** 0.75


def pool(x, stride):
    """Maximum of 3x3 values; pads all four sides, unlike "same"."""
    x = ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=-float("inf"))
    return layers.MaxPooling2D(3, stride)(x)


def dense_head(parts, inputs, x, units, classes, dropout):
    """Two dense layers, with dropout before them, and the last one."""
    x = layers.Flatten()(x)
    for i in (1, 2):
        x = parts.act(parts.dense(layers.Dropout(dropout)(x), units, f"dense{i}"))
    return keras.Model(inputs, parts.dense(x, classes, "dense3"))


def alexnet_mini(width=16, size=32, image_channels=3, classes=10, lrn="on", dropout=0.0, norm="none", **options):
    """lrn: "on" or "off", local response normalisation after the first two convolutions."""
    parts = Parts("none", norm=norm, **options)
    inputs = keras.Input((size, size, image_channels))
    x = inputs
    for i, (multiple, kernel) in enumerate([(1, 5), (3, 5), (6, 3), (4, 3), (4, 3)], 1):
        x = parts.layer(x, multiple * width, kernel, 1, f"conv{i}")
        if i <= 2 and lrn == "on":
            x = LocalResponseNormalization()(x)
        if i in (1, 2, 5):
            x = pool(x, 2)
    return dense_head(parts, inputs, x, 4 * width, classes, dropout)


def vgg_mini(depth=8, width=16, size=32, image_channels=3, classes=10, dropout=0.0, norm="none", **options):
    """
    Three stages of 3x3 convolutions, which get equal shares of all but three layers, the later ones the rest; then
    three dense layers.
    """
    parts = Parts("none", norm=norm, **options)
    inputs = keras.Input((size, size, image_channels))
    x = inputs
    for stage in range(3):
        for i in range((depth - 3 + stage) // 3):
            x = parts.layer(x, width * 2**stage, 3, 1, f"conv{stage + 1}_{i + 1}")
        x = layers.MaxPooling2D(2)(x)
    return dense_head(parts, inputs, x, 4 * width, classes, dropout)


def inception(parts, x, filters, name):
    """Four parallel branches, concatenated along the channels."""
    reduce3, three, reduce5, five = (max(1, int(filters * share + 0.5)) for share in (1.5, 2, 0.25, 0.5))
    reduced3 = parts.layer(x, reduce3, 1, 1, f"{name}.3x3_reduce")
    reduced5 = parts.layer(x, reduce5, 1, 1, f"{name}.5x5_reduce")
    branches = [
        parts.layer(x, filters, 1, 1, f"{name}.1x1"),
        parts.layer(reduced3, three, 3, 1, f"{name}.3x3"),
        parts.layer(reduced5, five, 5, 1, f"{name}.5x5"),
        parts.layer(pool(x, 1), five, 1, 1, f"{name}.pool_1x1"),
    ]
    return layers.Concatenate()(branches)


def googlenet_mini(
    width=8, size=32, image_channels=3, classes=10, aux="on", dropout=0.0, norm="none", auxiliary=False, **options
):
    """
    Seven inception modules.

    aux         "on" or "off": two auxiliary heads, whose losses count 0.3 each in training
    auxiliary   whether the heads are outputs too, for training; without them the model has only the logits
    """
    parts = Parts("none", norm=norm, **options)
    inputs = keras.Input((size, size, image_channels))
    x = parts.layer(inputs, width, 3, 1, "conv1")
    scores = []
    for stage, names in enumerate((("3a", "3b"), ("4a", "4b", "4c"), ("5a", "5b"))):
        x = pool(x, 2)
        for name in names:
            x = inception(parts, x, width * 2**stage, f"inception{name}")
            if aux == "on" and auxiliary and name in ("4a", "4c"):
                y = parts.layer(x, 2 * width, 1, 1, f"auxiliary{name}.conv")
                y = layers.GlobalAveragePooling2D()(y)
                scores.append(parts.dense(y, classes, f"auxiliary{name}.dense"))
    x = layers.Dropout(dropout)(layers.GlobalAveragePooling2D()(x))
    logits = parts.dense(x, classes, "dense")
    return keras.Model(inputs, [logits, *scores] if scores else logits)
