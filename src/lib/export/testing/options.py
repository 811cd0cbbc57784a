"""
Compares networks with their descriptions, which scripts/torch_network.py computes in 64 bits. Standard input is a list
of calls with the description, weights by name, gates by node, the shape of the images and a file of weights. Prints for
each the largest difference, relative to the largest number, of the logits in training (with those of auxiliary heads),
of the gradients with respect to the images, and of the logits in inference afterwards. Writes the logits in inference
before training beside the file of weights.
"""

import json
import sys

import torch

from families import build
from torch_network import parameters_of, values_of
from weights import load_weights


def without_dropout(network):
    """Removes dropout, which is random in training."""
    sources, nodes = {}, []
    for node in network["nodes"]:
        inputs = [sources.get(name, name) for name in node["inputs"]]
        if node["type"] == "dropout":
            sources[node["id"]] = inputs[0]
        else:
            nodes.append({**node, "inputs": inputs})
    return {**network, "nodes": nodes}


def images_of(shape):
    """The images of the tests: [N, H, W, C] with values of a sine, as [N, C, H, W]."""
    index = torch.arange(torch.Size(shape).numel())
    return torch.sin(((index * index) % 1021).double()).reshape(shape).permute(0, 3, 1, 2).contiguous()


def told(logits_in, images):
    images = images.clone().requires_grad_()
    trained = logits_in(images, True)
    trained.square().sum().backward()
    return [trained.detach(), images.grad, logits_in(images, False).detach()]


def own_logits(network, file):
    """The logits of the exported code; in training without dropout."""
    load_weights(network, file)

    def logits_in(images, training):
        rates = {}
        for module in network.train(training).modules():
            for rate in ("p", "rate"):
                if training and hasattr(module, rate):
                    rates[module, rate] = getattr(module, rate)
                    setattr(module, rate, 0.0)
        scores = network(images)
        for (module, rate), value in rates.items():
            setattr(module, rate, value)
        return torch.cat(scores, 1) if isinstance(scores, list) else scores

    return logits_in


def described_logits(network, weights, gates):
    network = without_dropout(network)
    nodes = network["nodes"]
    parameters = {name: p.detach().double() for name, p in parameters_of(nodes, weights).items()}
    running = {
        n["id"]: tuple(torch.full_like(parameters[f"{n['id']}/gamma"], start) for start in (-0.125, 1.5))
        for n in nodes
        if n["type"] == "batchNorm" and f"{n['id']}/gamma" in parameters
    }

    def logits_in(images, training):
        values = values_of(network, parameters, running, images, training, gates)
        heads = network.get("auxiliaryLosses") or {}
        return torch.cat([values[name] for name in (nodes[-1]["id"], *heads) if name in values], 1)

    return logits_in


torch.set_default_dtype(torch.float64)
for case in json.load(sys.stdin):
    images = images_of(case["images"])
    network = build(case["call"])
    own = own_logits(network, case["file"])
    with torch.no_grad():
        own(images, False).float().numpy().astype("<f4").tofile(f"{case['file']}.logits")
    expected = told(described_logits(case["network"], case["weights"], case["gates"]), images)
    print(json.dumps([float((a - b).abs().max() / b.abs().max()) for a, b in zip(told(own, images), expected)]))
