"""
Computes gradients by the outputs of all nodes in PyTorch's float64, told apart by the nodes that read them, as the
reference for `engine/inspect.ts`. Reads a JSON list of golden files as `golden.py` does, each with `passes`: `training`
or not, the class `scores` of the images or null for the loss, and `ways` by addition. The averages of normalisations
are those after one batch. Writes for each pass the loss and, by node, its output and its gradients; of each tensor the
norm and its dot product with the fixed vector sin(i² mod 1021), in the app's layout. With `scores`, also the class
activation maps of these classes (Zhou et al. 2016). Cases may have `blocks`, with the nodes of each, of which it writes
the norms of both terms and their sum, forward and backward in training, and `paths`, each a choice of ways, of which it
writes the gradient norm by the images in evaluation.
"""

import json
import sys

import torch

from torch_network import losses_of, parameters_of, values_of

EVALUATED = {"training": False, "scores": None}


def told(tensor):
    flat = (tensor.permute(0, 2, 3, 1) if tensor.dim() == 4 else tensor).flatten()
    index = torch.arange(len(flat))
    return [flat.norm().item(), (flat @ torch.sin((index * index % 1021).double())).item()]


def gradients(case):
    network, weights = case["network"], {name: weight["values"] for name, weight in case["weights"].items()}
    images = torch.tensor(case["images"]["values"]).reshape(case["images"]["shape"]).permute(0, 3, 1, 2)
    labels = torch.tensor(case["labels"])
    parameters = parameters_of(network["nodes"], weights)
    averages = {}
    values_of(network, parameters, averages, images, gates=case["gates"], drops=(case["seed"], 1))
    given = (case, network, parameters, averages, images, labels)
    return {
        "passes": [run_pass(*given, one) for one in case["passes"]],
        "blocks": block_terms(*given),
        "paths": [run_pass(*given, EVALUATED | {"ways": ways})["nodes"] for ways in case["paths"]],
    }


def block_terms(case, network, parameters, averages, images, labels):
    """Each block's own Jacobian takes the gradient by its sum to its input, through one term at a time."""
    values = values_of(
        network,
        parameters,
        copied(averages),
        images.clone().requires_grad_(),
        gates=case["gates"],
        drops=(case["seed"], 1),
    )
    minimised, _ = losses_of(network, parameters, values, labels)

    def norms(x, f):
        return {"shortcut": x.norm().item(), "branch": f.norm().item(), "sum": (x + f).norm().item()}

    def terms(block):
        gate = case["gates"].get(block["sum"], 1)
        x, f, source = values[block["shortcut"]] * gate, values[block["branch"]], values[block["input"]]
        (dy,) = torch.autograd.grad(minimised, values[block["sum"]], retain_graph=True)
        back = [
            torch.autograd.grad(term, source, sent, retain_graph=True)[0]
            for term, sent in ((values[block["shortcut"]], dy * gate), (f, dy))
        ]
        return {"forward": norms(x, f), "backward": norms(*back)}

    return [terms(block) for block in case["blocks"]]


def copied(averages):
    return {name: (mean.clone(), variance.clone()) for name, (mean, variance) in averages.items()}


def run_pass(case, network, parameters, averages, images, labels, one):
    edges = {}
    values = values_of(
        network,
        parameters,
        copied(averages),
        images.clone().requires_grad_(),
        one["training"],
        gates=case["gates"],
        drops=(case["seed"], 1),
        edges=edges,
        ways=one["ways"],
    )
    heads = network.get("auxiliaryLosses") if one["training"] else None
    minimised, reported = losses_of({**network, "auxiliaryLosses": heads}, parameters, values, labels)
    logits = values[network["nodes"][-1]["id"]]
    scores = one["scores"]
    objective = minimised if scores is None else logits[range(len(scores)), scores].sum()

    def by(tensors):
        found = torch.autograd.grad(objective, list(tensors.values()), retain_graph=True, allow_unused=True)
        # Where the way is closed, the app has no gradient instead of one that is 0.
        return {key: told(g) for key, g in zip(tensors, found) if g is not None and g.any()}

    readers = by(edges)
    nodes = {
        name: {
            "output": told(values[name]),
            "total": total,
            "by": {to: sent for (source, to), sent in readers.items() if source == name},
        }
        for name, total in by(values).items()
    }
    activation = {} if scores is None else {"activation": told(activation_maps(network, parameters, values, scores))}
    return {"loss": reported.item(), "nodes": nodes, **activation}


def activation_maps(network, parameters, values, scores):
    pool = [node for node in network["nodes"] if node["type"] == "globalAveragePool"][-1]
    kernel = parameters[f"{network['nodes'][-1]['id']}/kernel"]
    return torch.einsum("nchw,cn->nhw", values[pool["inputs"][0]], kernel[:, scores])


torch.set_default_dtype(torch.float64)
json.dump([gradients(case) for case in json.load(sys.stdin)], sys.stdout)
