"""
A small DenseNet (Huang et al. 2017) for images of CIFAR-10's size: each layer adds a few maps to all that came before,
which are concatenated, not summed.
"""

import keras
from keras import layers

from resnet import Parts, classify


def densenet_mini(depth=22, growth=8, width=16, size=32, image_channels=3, classes=10, **options):
    """
    Depth 3n + 4: three stages of n layers, between them a 1x1 convolution and average pooling. Other options are those
    of Parts.

    growth  maps that each layer adds
    width   channels of the stem
    """
    parts = Parts("none", order="pre", **options)
    inputs = keras.Input((size, size, image_channels))
    x = parts.conv(inputs, width, 3, 1, "stem")
    count = (depth - 4) // 3
    for stage in range(3):
        if stage:
            x = parts.act(parts.norm(x, f"transition{stage}_norm"))
            x = parts.conv(x, x.shape[-1], 1, 1, f"transition{stage}")
            x = layers.AveragePooling2D(2)(x)
        for number in range(stage * count, (stage + 1) * count):
            y = parts.act(parts.norm(x, f"blocks.{number}.norm1"))
            y = parts.conv(y, growth, 3, 1, f"blocks.{number}.conv1", parts.last_kernel)
            x = layers.Concatenate()([x, y])
    return classify(parts, inputs, parts.act(parts.norm(x, "head_norm")), classes, 0)
