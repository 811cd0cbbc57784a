"""
alexnet_2012, Krizhevsky, Sutskever and Hinton 2012: two towers, as convolutions in two groups, with local response
normalisation. Its sizes need images of 227x227.
"""

import keras
from keras import layers, ops


class LocalResponseNormalization(layers.Layer):
    """Divides by the squares of five neighbouring channels (section 3.3)."""

    def call(self, x):
        channels = x.shape[-1]
        squares = ops.pad(ops.square(x), ((0, 0), (0, 0), (0, 0), (2, 2)))
        around = sum(squares[..., i : i + channels] for i in range(5))
        return x / (2.0 + 1e-4 * around) ** 0.75


def alexnet_2012(classes=1000):
    """COUNTS"""
    inputs = keras.Input((227, 227, 3))
    x = layers.Conv2D(96, 11, strides=4, activation="relu")(inputs)
    x = layers.MaxPooling2D(3, strides=2)(LocalResponseNormalization()(x))
    x = layers.Conv2D(256, 5, padding="same", groups=2, activation="relu")(x)
    x = layers.MaxPooling2D(3, strides=2)(LocalResponseNormalization()(x))
    x = layers.Conv2D(384, 3, padding="same", activation="relu")(x)
    x = layers.Conv2D(384, 3, padding="same", groups=2, activation="relu")(x)
    x = layers.Conv2D(256, 3, padding="same", groups=2, activation="relu")(x)
    x = layers.MaxPooling2D(3, strides=2)(x)
    x = layers.Flatten()(x)
    for _ in range(2):
        x = layers.Dropout(0.5)(x)
        x = layers.Dense(4096, activation="relu")(x)
    outputs = layers.Dense(classes)(x)
    return keras.Model(inputs, outputs, name="alexnet_2012")


NETWORKS = {"alexnet_2012": alexnet_2012}
