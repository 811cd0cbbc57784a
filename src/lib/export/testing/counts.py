"""Prints parameters, multiply-accumulates and classes of networks. Standard input is a list of [call, image shape]."""

import json
import sys

import torch
from torch import nn

from families import build

for call, (height, width, channels) in json.load(sys.stdin):
    network = build(call).eval()
    macs = []
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            module.register_forward_hook(lambda m, _, y, macs=macs: macs.append(m.weight[0].numel() * y[0].numel()))
    with torch.no_grad():
        output = network(torch.zeros(1, channels, height, width))
    print(json.dumps([sum(p.numel() for p in network.parameters()), sum(macs), output.shape[1]]))
