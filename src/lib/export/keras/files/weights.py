"""Loads weights in the safetensors format, from the app or from PyTorch, into a Keras model."""

import json
import struct
from pathlib import Path

import numpy
from keras import layers


def load_weights(model, file):
    """Raises SystemExit with the name of a tensor that is missing or has the wrong shape."""
    contents = Path(file).read_bytes()
    (length,) = struct.unpack("<Q", contents[:8])
    header = json.loads(contents[8 : 8 + length])

    def take(name, shape, order=None):
        """Reads a tensor and reorders its axes; `shape` is its shape in Keras."""
        info = header.get(name)
        if info is None:
            raise SystemExit(f"{file}: no tensor {name}")
        start, end = (8 + length + offset for offset in info["data_offsets"])
        values = numpy.frombuffer(contents[start:end], "<f4").reshape(info["shape"]).transpose(order)
        if values.shape != tuple(shape):
            raise SystemExit(f"{file}: {name} is {list(values.shape)} for Keras, expected {list(shape)}")
        return values

    # Height, width and channels of a map that has been flattened.
    pixels = None
    for layer in model.layers:
        shapes = [tuple(weight.shape) for weight in layer.weights]
        if isinstance(layer, layers.Conv2D):
            # PyTorch has [out, in, height, width], Keras [height, width, in, out].
            names, orders = ["weight", "bias"], [(2, 3, 1, 0), None]
        elif isinstance(layer, layers.Flatten):
            pixels = layer.input.shape[1:]
            continue
        elif isinstance(layer, layers.Dense):
            names, orders = ["weight", "bias"], [(1, 0), None]
        elif len(shapes) == 1:
            names, orders = ["scale"], [None]
        elif shapes:
            # A normalisation; only batch normalisation has running averages.
            names, orders = ["weight", "bias", "running_mean", "running_var"], [None] * 4
        else:
            continue
        parts = zip(names, shapes, orders)
        values = [take(f"{layer.name}.{name}", *rest) for name, *rest in parts]
        if isinstance(layer, layers.Dense) and pixels:
            # PyTorch flattens a map as channels, rows, columns, Keras as rows, columns, channels.
            height, width, channels = pixels
            kernel = values[0].reshape(channels, height, width, -1)
            values[0], pixels = kernel.transpose(1, 2, 0, 3).reshape(shapes[0]), None
        layer.set_weights(values)
