"""
Compares networks in Keras with ONNX Runtime, with the weights that agreement_torch.py has written. Prints for each the
largest difference of the logits, relative to the largest logit, the number of parameters and the multiply-accumulates.
Standard input is as in agreement_torch.py.
"""

import json
import sys

import keras
import numpy
from keras import layers

from families import build

# Layers in the order of their calls, which is that of the description; a model lists them in another order.
called = []
call_layer = layers.Layer.__call__


def noted(layer, *args, **options):
    called.append(layer)
    return call_layer(layer, *args, **options)


layers.Layer.__call__ = noted

for call, path in json.load(sys.stdin):
    keras.utils.clear_session()
    called.clear()
    model = build(call)
    learnt, macs, number = 0, 0, 0
    with numpy.load(f"{path}.npz") as arrays:
        for layer in list(called):
            if not layer.weights:
                continue
            tensors = [arrays[f"{number}.{i}"] for i in range(len(layer.weights))]
            assert f"{number}.{len(layer.weights)}" not in arrays
            if tensors[0].ndim == 4:
                tensors[0] = tensors[0].transpose(2, 3, 1, 0)
            layer.set_weights(tensors)
            number += 1
            learnt += sum(tensor.size for tensor in tensors[:2])
            if tensors[0].ndim > 1:
                macs += tensors[0].size * numpy.prod(layer.output.shape[1:-1], dtype=int)
        assert f"{number}.0" not in arrays
    height, width, channels = model.inputs[0].shape[1:]
    index = numpy.arange(channels * height * width)
    images = numpy.sin((index * index) % 1021).astype("float32").reshape(1, channels, height, width)
    logits = model.predict(images.transpose(0, 2, 3, 1), verbose=0)[0]
    expected = numpy.fromfile(f"{path}.logits", "<f4")
    off = abs(logits - expected).max() / abs(expected).max()
    print(json.dumps([float(off), int(learnt), int(macs)]))
