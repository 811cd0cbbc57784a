"""vgg_0, Simonyan and Zisserman 2014: 3x3 convolutions throughout."""

import keras
from keras import layers


def vgg(name, convolutions, classes=1000):
    inputs = keras.Input((224, 224, 3))
    x = inputs
    for filters, count in zip([64, 128, 256, 512, 512], convolutions):
        for _ in range(count):
            x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D(2)(x)
    x = layers.Flatten()(x)
    for _ in range(2):
        x = layers.Dense(4096, activation="relu")(x)
        x = layers.Dropout(0.5)(x)
    outputs = layers.Dense(classes)(x)
    return keras.Model(inputs, outputs, name=name)


def vgg_0():
    """COUNTS"""
    return vgg("vgg_0", BLOCKS)


NETWORKS = {"vgg_0": vgg_0}
