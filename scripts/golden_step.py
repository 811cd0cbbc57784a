"""
Computes the second training step of golden files in PyTorch's float64, as the reference for `lab/studies/step`. Reads a
JSON list of files as `golden.py` does, each with the nodes of its `terms`, the `kernels` of its layers and the index of
an `image`. Writes for each the loss before and after the step's update; of that image, block by block, what comes back
to the block's input through each term, and their sum; and by kernel the gradient, the optimiser's momentum and the
values after the update. Of each tensor it writes what `golden_gradients.py` does: the norm and a dot product.
"""

import json
import sys

import torch

from torch_network import losses_of, parameters_of, values_of


def told(tensor):
    index = torch.arange(tensor.numel())
    return [tensor.norm().item(), (tensor.flatten() @ torch.sin((index * index % 1021).double())).item()]


def map_told(tensor):
    return told(tensor.permute(1, 2, 0) if tensor.dim() == 3 else tensor)


def kernel_told(tensor):
    return told(tensor.permute(2, 3, 1, 0) if tensor.dim() == 4 else tensor)


def second_step(case):
    network, recipe = case["network"], case["recipe"]
    weights = {name: weight["values"] for name, weight in case["weights"].items()}
    parameters = parameters_of(network["nodes"], weights)
    images = torch.tensor(case["images"]["values"]).reshape(case["images"]["shape"]).permute(0, 3, 1, 2)
    labels = torch.tensor(case["labels"])
    make = getattr(torch.optim, case["optimiser"]["name"])
    optimiser = make(list(parameters.values()), **case["optimiser"]["arguments"])

    def forward(step):
        values = values_of(network, parameters, {}, images, gates=case["gates"], drops=(case["seed"], step))
        return values, *losses_of(network, parameters, values, labels)

    def update(minimised):
        optimiser.zero_grad()
        minimised.backward(retain_graph=True)
        if "clip" in recipe:
            torch.nn.utils.clip_grad_norm_(parameters.values(), recipe["clip"])
        optimiser.step()

    update(forward(1)[1])
    values, minimised, reported = forward(2)

    def terms(block):
        gate, source = case["gates"].get(block["sum"], 1), values[block["input"]]
        (dy,) = torch.autograd.grad(minimised, values[block["sum"]], retain_graph=True)
        x, f = [
            torch.autograd.grad(values[block[term]], source, sent, retain_graph=True)[0][case["image"]]
            for term, sent in (("shortcut", dy * gate), ("branch", dy))
        ]
        return {"shortcut": map_told(x), "branch": map_told(f), "sum": map_told(x + f)}

    blocks = [terms(block) for block in case["terms"]]
    kernels = [parameters[name] for name in case["kernels"]]
    gradients = [kernel_told(g) for g in torch.autograd.grad(minimised, kernels, retain_graph=True)]
    update(minimised)
    states = [optimiser.state[kernel] for kernel in kernels]
    momenta = [state.get("momentum_buffer", state.get("exp_avg")) for state in states]
    return {
        "loss": reported.item(),
        "after": forward(2)[2].item(),
        "blocks": blocks,
        "kernels": [
            {"gradient": gradient, "v": kernel_told(v), "w": kernel_told(w.detach())}
            for gradient, v, w in zip(gradients, momenta, kernels)
        ],
    }


torch.set_default_dtype(torch.float64)
json.dump([second_step(case) for case in json.load(sys.stdin)], sys.stdout)
