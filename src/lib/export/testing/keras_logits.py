"""
Compares the networks of a Keras project with expected logits. Prints for each the largest difference, relative to the
largest logit, and the number of parameters. Standard input is a list of [name, file of weights, file of logits, shape
of the images].
"""

import json
import sys

import numpy

from networks import build
from weights import load_weights

for name, weights, logits, shape in json.load(sys.stdin):
    model = build(name)
    load_weights(model, weights)
    index = numpy.arange(numpy.prod(shape))
    images = numpy.sin((index * index) % 1021).astype("float32").reshape(shape)
    expected = numpy.fromfile(logits, "<f4")
    off = abs(model.predict(images, verbose=0).ravel() - expected).max() / abs(expected).max()
    learnt = sum(w.size for layer in model.layers for w in layer.get_weights()[:2])
    print(json.dumps([float(off), int(learnt)]))
