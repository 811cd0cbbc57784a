"""
GoogLeNet (Szegedy et al. 2014): nine inception modules, no batch normalisation. Omits the two auxiliary heads, which
only help training.
"""

import keras
from keras import layers, ops


def conv(x, filters, kernel):
    return layers.Conv2D(filters, kernel, padding="same", activation="relu")(x)


def pool(x):
    # Maps have even sizes here, so "same" adds a row and a column at the end, as Caffe does.
    return layers.MaxPooling2D(3, strides=2, padding="same")(x)


class LocalResponseNormalization(layers.Layer):
    """Normalises each value by the squares of five neighbouring channels (Krizhevsky et al. 2012, section 3.3)."""

    def call(self, x):
        channels = x.shape[-1]
        squares = ops.pad(ops.square(x), ((0, 0), (0, 0), (0, 0), (2, 2)))
        around = sum(squares[..., i : i + channels] for i in range(5))
        return x / (1.0 + 1e-4 * around) ** 0.75


def inception(x, one, reduce3, three, reduce5, five, pooled):
    """Four parallel branches, concatenated along the channels."""
    branches = [
        conv(x, one, 1),
        conv(conv(x, reduce3, 1), three, 3),
        conv(conv(x, reduce5, 1), five, 5),
        conv(layers.MaxPooling2D(3, strides=1, padding="same")(x), pooled, 1),
    ]
    return layers.Concatenate()(branches)


def googlenet(size=224, classes=1000):
    inputs = keras.Input((size, size, 3))
    x = layers.Conv2D(64, 7, strides=2, activation="relu")(layers.ZeroPadding2D(3)(inputs))
    x = LocalResponseNormalization()(pool(x))
    x = conv(conv(x, 64, 1), 192, 3)
    x = pool(LocalResponseNormalization()(x))
    x = inception(x, 64, 96, 128, 16, 32, 32)
    x = inception(x, 128, 128, 192, 32, 96, 64)
    x = pool(x)
    x = inception(x, 192, 96, 208, 16, 48, 64)
    x = inception(x, 160, 112, 224, 24, 64, 64)
    x = inception(x, 128, 128, 256, 24, 64, 64)
    x = inception(x, 112, 144, 288, 32, 64, 64)
    x = inception(x, 256, 160, 320, 32, 128, 128)
    x = pool(x)
    x = inception(x, 256, 160, 320, 32, 128, 128)
    x = inception(x, 384, 192, 384, 48, 128, 128)
    x = layers.Dropout(0.4)(layers.GlobalAveragePooling2D()(x))
    outputs = layers.Dense(classes)(x)
    return keras.Model(inputs, outputs)
