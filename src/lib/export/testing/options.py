"""
Compares networks of the CIFAR family with their descriptions, which scripts/torch_network.py computes in 64 bits.
Standard input is a list of calls with the description's nodes, weights by name, and gates by node. Prints for each the
largest difference, relative to the largest number, of the logits in training, of the gradients with respect to the
images, and of the logits in inference afterwards.
"""

import json
import sys

import torch

from families import build
from torch_network import logits_of, parameters_of
from weights import load_weights


def without_dropout(nodes):
    """Removes dropout, which is random in training; only the dense layer reads its output."""
    (dropout,) = [n for n in nodes if n["type"] == "dropout"] or [{"id": None, "inputs": []}]
    kept = [n for n in nodes if n is not dropout]
    return [{**n, "inputs": dropout["inputs"] if n["inputs"] == [dropout["id"]] else n["inputs"]} for n in kept]


def told(logits_in, images):
    images = images.clone().requires_grad_()
    trained = logits_in(images, True)
    trained.square().sum().backward()
    return [trained.detach(), images.grad, logits_in(images, False).detach()]


torch.set_default_dtype(torch.float64)
for case in json.load(sys.stdin):
    nodes = without_dropout(case["nodes"])
    images = torch.randn(case["images"], generator=torch.Generator().manual_seed(1))
    parameters = {name: p.detach().double() for name, p in parameters_of(nodes, case["weights"]).items()}
    running = {
        n["id"]: tuple(torch.full_like(parameters[f"{n['id']}/gamma"], start) for start in (-0.125, 1.5))
        for n in nodes
        if n["type"] == "batchNorm"
    }
    network = build(case["call"])
    network.dropout.p = 0.0
    load_weights(network, case["file"])
    own = told(lambda x, training, network=network: network.train(training)(x), images)
    expected = told(
        lambda x, training, a=({"nodes": nodes}, parameters, running), gates=case["gates"]: logits_of(
            *a, x, training, gates
        ),
        images,
    )
    print(json.dumps([float((a - b).abs().max() / b.abs().max()) for a, b in zip(own, expected)]))
