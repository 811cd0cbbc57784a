"""
Counts the histograms of one training step in PyTorch's float64, for `golden-histograms.mjs`. Reads a JSON list of
cases from standard input: each a golden file with all that PyTorch needs (`export/testing/golden.ts`), the ids of its
`layers` and the `maps` to count of each, by `before` and `after`. Writes for each the histograms of every layer: the
number of zeros, and [exponent, negative, positive] for each power of two.
"""

import json
import sys

import torch

from torch_network import losses_of, parameters_of, values_of


def histogram(values):
    values = values.detach().flatten()
    zeros = int((values == 0).sum())
    values = values[values != 0]
    # frexp has mantissas from 0.5, a float from 1.
    exponents = torch.frexp(values).exponent - 1
    bins = []
    for exponent in exponents.unique(sorted=True).tolist():
        own = values[exponents == exponent]
        bins.append([exponent, int((own < 0).sum()), int((own > 0).sum())])
    return {"zeros": zeros, "bins": bins}


def first_step(case):
    parameters = parameters_of(case["network"]["nodes"], {k: v["values"] for k, v in case["weights"].items()})
    images = torch.tensor(case["images"]["values"]).reshape(case["images"]["shape"]).permute(0, 3, 1, 2)
    values = values_of(case["network"], parameters, {}, images, gates=case["gates"], drops=(case["seed"], 1))
    minimised, _ = losses_of(case["network"], parameters, values, torch.tensor(case["labels"]))
    make = getattr(torch.optim, case["optimiser"]["name"])
    optimiser = make(list(parameters.values()), **case["optimiser"]["arguments"])
    minimised.backward()
    before = {name: value.detach().clone() for name, value in parameters.items()}
    optimiser.step()
    layers = []
    for layer, maps in zip(case["layers"], case["maps"]):
        kernel = f"{layer}/kernel"
        own = {
            "gradient": histogram(parameters[kernel].grad),
            "weight": histogram(before[kernel]),
            "update": histogram(parameters[kernel] - before[kernel]),
        }
        for what, node in maps.items():
            bias = before.get(f"{node}/bias") if what == "before" else None
            own[what] = histogram(values[node] if bias is None else values[node] - bias[:, None, None])
        layers.append(own)
    return layers


torch.set_default_dtype(torch.float64)
json.dump([first_step(case) for case in json.load(sys.stdin)], sys.stdout)
