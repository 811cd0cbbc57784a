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


def along_line(network, parameters, ends, points, label, gates=None):
    """Derivatives along the line between two images [2, C, H, W], and the autocorrelation of the gradients."""
    a, b = ends
    shares = torch.linspace(0, 1, points).reshape(-1, 1, 1, 1)
    line = (a + shares * (b - a)).requires_grad_()
    scores = values_of(network, parameters, {}, line, gates=gates)[network["nodes"][-1]["id"]]
    (gradient,) = torch.autograd.grad(scores[:, label].sum(), line)
    series = gradient.flatten(1)
    away = series - series.mean(0)
    products = away @ away.T
    sums = torch.stack([products.diagonal(lag).sum() for lag in range(points // 2 + 1)])
    return (series @ (b - a).flatten()).tolist(), (sums / sums[0]).tolist()


def golden(case):
    weights = {name: weight["values"] for name, weight in case["weights"].items()}
    parameters = parameters_of(case["network"]["nodes"], weights)
    ends = torch.tensor(case["images"]["values"]).reshape(case["images"]["shape"]).permute(0, 3, 1, 2)
    slopes, correlation = along_line(case["network"], parameters, ends, case["points"], case["label"])
    return {"slopes": slopes, "correlation": correlation}


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    json.dump([golden(case) for case in json.load(sys.stdin)], sys.stdout)
