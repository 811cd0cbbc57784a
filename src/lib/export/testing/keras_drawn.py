"""Prints mean and standard deviation of the initial weights of Keras models. Standard input is a list of calls."""

import json
import sys

import keras

from families import build

keras.utils.set_random_seed(0)
for call in json.load(sys.stdin):
    told = {}
    for layer in build(call).layers:
        own = layer.get_weights()
        names = ["scale"] if len(own) == 1 and own[0].ndim == 1 else ["weight", "bias", "running_mean", "running_var"]
        for name, values in zip(names, own):
            told[f"{layer.name}.{name}"] = [float(values.mean()), float(values.std())]
    print(json.dumps(told))
