"""Prints mean and standard deviation of the initial tensors of networks. Standard input is a list of calls."""

import json
import sys

import torch

from families import build

torch.manual_seed(0)
for call in json.load(sys.stdin):
    tensors = {name: t for name, t in build(call).state_dict().items() if t.is_floating_point()}
    print(json.dumps({name: [float(t.mean()), float(t.std(unbiased=False))] for name, t in tensors.items()}))
