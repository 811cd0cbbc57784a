"""
Compares networks in Keras with expected logits. Prints for each the largest difference, relative to the largest logit,
and the number of parameters. Standard input is a list of [call, file of weights, shape of the images]; the logits are
beside the file of weights.
"""

import json
import sys

import numpy

from families import build
from weights import load_weights

for call, weights, shape in json.load(sys.stdin):
    model = build(call)
    load_weights(model, weights)
    index = numpy.arange(numpy.prod(shape))
    images = numpy.sin((index * index) % 1021).astype("float32").reshape(shape)
    expected = numpy.fromfile(f"{weights}.logits", "<f4")
    off = abs(model.predict(images, verbose=0).ravel() - expected).max() / abs(expected).max()
    learnt = sum(w.size for layer in model.layers for w in layer.get_weights()[:2])
    print(json.dumps([float(off), int(learnt)]))
