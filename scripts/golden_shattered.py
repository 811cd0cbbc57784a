"""
Computes in PyTorch's float64 the gradient of a class score by the image at points on the line between two images, as
the reference for `lab/studies/shattered`. Reads a JSON list of cases with `network`, `weights`, two `images`, `points`
and `label`. All points are one batch in training. Writes for each the derivative along the line by point, and the
autocorrelation of the gradients by lag.
"""

import json
import sys

import torch

from torch_network import parameters_of, values_of


def along_line(case):
    nodes, weights = case["network"]["nodes"], {name: weight["values"] for name, weight in case["weights"].items()}
    a, b = torch.tensor(case["images"]["values"]).reshape(case["images"]["shape"]).permute(0, 3, 1, 2)
    shares = torch.linspace(0, 1, case["points"]).reshape(-1, 1, 1, 1)
    line = (a + shares * (b - a)).requires_grad_()
    scores = values_of(case["network"], parameters_of(nodes, weights), {}, line)[nodes[-1]["id"]]
    (gradient,) = torch.autograd.grad(scores[:, case["label"]].sum(), line)
    series = gradient.flatten(1)
    away = series - series.mean(0)
    products = away @ away.T
    sums = torch.stack([products.diagonal(lag).sum() for lag in range(case["points"] // 2 + 1)])
    return {"slopes": (series @ (b - a).flatten()).tolist(), "correlation": (sums / sums[0]).tolist()}


torch.set_default_dtype(torch.float64)
json.dump([along_line(case) for case in json.load(sys.stdin)], sys.stdout)
