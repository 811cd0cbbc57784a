"""VGG-16 and VGG-19 (Simonyan and Zisserman 2014): 3x3 convolutions throughout."""

import keras
from keras import layers


def vgg(depth, size=224, classes=1000):
    """Builds VGG with 16 or 19 layers, three of them dense."""
    convolutions = {16: [2, 2, 3, 3, 3], 19: [2, 2, 4, 4, 4]}[depth]
    inputs = keras.Input((size, size, 3))
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
    return keras.Model(inputs, outputs)
