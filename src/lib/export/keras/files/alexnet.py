"""
AlexNet with one tower (Krizhevsky 2014, One Weird Trick for Parallelizing Convolutional Neural Networks) or two
(Krizhevsky, Sutskever and Hinton 2012). Two towers are convolutions in two groups, with local response normalisation,
and take images of 227x227.
"""

import keras
from keras import layers, ops


class LocalResponseNormalization(layers.Layer):
    """Normalises each value by the squares of five neighbouring channels (section 3.3)."""

    def call(self, x):
        channels = x.shape[-1]
        squares = ops.pad(ops.square(x), ((0, 0), (0, 0), (0, 0), (2, 2)))
        around = sum(squares[..., i : i + channels] for i in range(5))
        return x / (2.0 + 1e-4 * around) ** 0.75


def alexnet(towers=1, size=224, classes=1000):
    one, two, three, four, five = [64, 192, 384, 256, 256] if towers == 1 else [96, 256, 384, 384, 256]
    inputs = keras.Input((size, size, 3))
    x = layers.ZeroPadding2D(2)(inputs) if towers == 1 else inputs
    x = layers.Conv2D(one, 11, strides=4, activation="relu")(x)
    if towers == 2:
        x = LocalResponseNormalization()(x)
    x = layers.MaxPooling2D(3, strides=2)(x)
    x = layers.Conv2D(two, 5, padding="same", groups=towers, activation="relu")(x)
    if towers == 2:
        x = LocalResponseNormalization()(x)
    x = layers.MaxPooling2D(3, strides=2)(x)
    x = layers.Conv2D(three, 3, padding="same", activation="relu")(x)
    x = layers.Conv2D(four, 3, padding="same", groups=towers, activation="relu")(x)
    x = layers.Conv2D(five, 3, padding="same", groups=towers, activation="relu")(x)
    x = layers.MaxPooling2D(3, strides=2)(x)
    x = layers.Flatten()(x)
    for _ in range(2):
        x = layers.Dropout(0.5)(x)
        x = layers.Dense(4096, activation="relu")(x)
    outputs = layers.Dense(classes)(x)
    return keras.Model(inputs, outputs)
