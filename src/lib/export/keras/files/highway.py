"""
A small highway network (Srivastava, Greff and Schmidhuber 2015) for images of CIFAR-10's size: y = T H + (1 - T) x,
where T, computed from x, decides for every value how much of the convolution H replaces x.
"""

import keras
from keras import initializers, layers

from resnet import Parts, classify


def highway(parts, x, bias, name, gate):
    """One highway layer. `gate` multiplies what is carried: 1 for all of it, 0 to cut it."""
    channels = x.shape[-1]
    h = parts.conv(x, channels, 3, 1, f"{name}.conv1", parts.last_kernel)
    h = parts.act(parts.norm(h, f"{name}.norm1", parts.last_gamma))
    start = {"kernel_initializer": parts.draw(), "bias_initializer": initializers.Constant(bias)}
    t = layers.Conv2D(channels, 3, padding="same", activation="sigmoid", name=f"{name}.transform", **start)(x)
    carried = layers.Multiply()([x, layers.Rescaling(-gate, gate)(t)])
    return layers.Add()([layers.Multiply()([h, t]), carried])


def highway_mini(
    depth=19, bias=-2.0, width=8, size=32, image_channels=3, classes=10, norm="none", gates=None, **options
):
    """
    Depth 3n + 4: three stages, each of a plain layer and n highway layers. Other options are those of Parts.

    bias    initial bias of T, which lets most of x pass at first
    gates   factor of each layer's (1 - T) x; 1 by default
    """
    parts = Parts("none", norm=norm, **options)
    inputs = keras.Input((size, size, image_channels))
    x = inputs
    count = (depth - 4) // 3
    for stage, plain in enumerate(("stem", "plain2", "plain3")):
        x = parts.layer(x, width * 2**stage, 3, 2 if stage else 1, plain)
        for number in range(stage * count, (stage + 1) * count):
            x = highway(parts, x, bias, f"blocks.{number}", gates[number] if gates else 1.0)
    return classify(parts, inputs, x, classes, 0)
