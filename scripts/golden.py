"""
Computes the expected values of golden files in PyTorch's float64. Reads a JSON list of files from standard input, each
with its network's `nodes` and `auxiliaryLosses`, `gates` by addition, the output nodes of its `blocks`, and
`optimiser`, a name in torch.optim with its arguments. The values of the weights, as 32-bit floats one after another,
may be in a `file` of their own. Writes for each the logits without dropout, norms and deviations
of the first step, the loss of every step and the norms of the weights after the last.
"""

import json
import sys

import numpy
import torch

from torch_network import logits_of, losses_of, parameters_of, values_of


def weights_of(case):
    weights = case["weights"]
    if "file" not in case:
        return {name: weight["values"] for name, weight in weights.items()}
    sizes = [int(numpy.prod(weight["shape"])) for weight in weights.values()]
    parts = numpy.split(numpy.fromfile(case["file"], numpy.float32), numpy.cumsum(sizes)[:-1])
    return dict(zip(weights, parts))


def steps(case):
    network, recipe = case["network"], case["recipe"]
    weights = weights_of(case)
    parameters = parameters_of(network["nodes"], weights)
    images = torch.tensor(case["images"]["values"]).reshape(case["images"]["shape"]).permute(0, 3, 1, 2)
    labels = torch.tensor(case["labels"])
    make = getattr(torch.optim, case["optimiser"]["name"])
    optimiser = make(list(parameters.values()), **case["optimiser"]["arguments"])
    losses, first = [], None
    still = {"nodes": [{**node, "rate": 0} if node["type"] == "dropout" else node for node in network["nodes"]]}
    logits = logits_of(still, parameters, {}, images, gates=case["gates"]).flatten().tolist()
    for step in range(1, recipe["steps"] + 1):
        values = values_of(network, parameters, {}, images, gates=case["gates"], drops=(case["seed"], step))
        blocks = [values[name] for name in case["blocks"]]
        for output in blocks:
            output.retain_grad()
        minimised, reported = losses_of(network, parameters, values, labels)
        optimiser.zero_grad()
        minimised.backward()
        first = first or {
            "logits": logits,
            "gradientNorms": {name: 0.0 if p.grad is None else p.grad.norm().item() for name, p in parameters.items()},
            "blockOutputGradientNorms": [output.grad.norm().item() for output in blocks],
            "blockOutputStd": [output.std(unbiased=False).item() for output in blocks],
        }
        if "clip" in recipe:
            torch.nn.utils.clip_grad_norm_(parameters.values(), recipe["clip"])
        optimiser.step()
        losses.append(reported.item())
    norms = {name: value.detach().norm().item() for name, value in parameters.items()}
    return {**first, "losses": losses, "finalNorms": norms}


torch.set_default_dtype(torch.float64)
json.dump([steps(case) for case in json.load(sys.stdin)], sys.stdout)
