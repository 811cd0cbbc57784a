"""
Computes the expected values of golden cases in PyTorch's float64. Reads a JSON list of cases from standard input, each
with its network's `nodes`, `gates` by addition, the output nodes of its `blocks`, and `optimiser`, a name in
torch.optim with its arguments. Writes for each the logits, norms and deviations of the first step, the loss of every
step and the norms of the weights after the last.
"""

import json
import sys

import torch
import torch.nn.functional as F

from torch_network import logits_of, parameters_of


def steps(case):
    nodes, recipe = case["nodes"], case["network"]
    weights = {name: weight["values"] for name, weight in case["weights"].items()}
    kept = parameters_of(nodes, recipe["inChannels"], weights)
    parameters = {name: value.detach().double().requires_grad_() for name, value in kept.items()}
    images = torch.tensor(case["images"]["values"]).reshape(case["images"]["shape"]).permute(0, 3, 1, 2)
    labels = torch.tensor(case["labels"])
    make = getattr(torch.optim, case["optimiser"]["name"])
    optimiser = make(list(parameters.values()), **case["optimiser"]["arguments"])
    running, losses, first = {}, [], None
    for _ in range(recipe["steps"]):
        outputs = dict.fromkeys(case["blocks"])
        logits = logits_of(nodes, parameters, running, images, gates=case["gates"], kept=outputs)
        loss = F.cross_entropy(logits, labels)
        optimiser.zero_grad()
        loss.backward()
        first = first or {
            "logits": logits.flatten().tolist(),
            "gradientNorms": {name: value.grad.norm().item() for name, value in parameters.items()},
            "blockOutputGradientNorms": [output.grad.norm().item() for output in outputs.values()],
            "blockOutputStd": [output.std(unbiased=False).item() for output in outputs.values()],
        }
        if "clip" in recipe:
            torch.nn.utils.clip_grad_norm_(parameters.values(), recipe["clip"])
        optimiser.step()
        losses.append(loss.item())
    norms = {name: value.detach().norm().item() for name, value in parameters.items()}
    return {**first, "losses": losses, "finalNorms": norms}


torch.set_default_dtype(torch.float64)
json.dump([steps(case) for case in json.load(sys.stdin)], sys.stdout)
