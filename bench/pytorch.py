"""Times training steps of PyTorch on one thread, for pytorch.mjs.

The first line of standard input describes the work as JSON; each further line asks for one step, which
is answered by a line of JSON with the loss before the update and the step's milliseconds.
"""

import json
import sys
import time

import torch
import torch.nn.functional as F

EPSILON = 1e-5
RUNNING_RATE = 0.1


def parameters_of(work):
    """Parameters by name, convolution kernels as OIHW, the dense matrix as [in, out]."""
    channels = {}
    parameters = {}
    for node in work["nodes"]:
        inputs = [channels[name] for name in node["inputs"]]
        kind = node["type"]
        c = work["shape"][3] if kind == "input" else inputs[0]
        filters = node.get("filters") or node.get("units") or node.get("channels") or c
        shapes = {
            "conv": {"kernel": [*node.get("kernel", []), c, filters], "bias": [filters]},
            "dense": {"kernel": [c, filters], "bias": [filters]},
            "batchNorm": {"gamma": [c], "beta": [c]},
        }.get(kind, {})
        for role, shape in shapes.items():
            values = work["weights"].get(f"{node['id']}/{role}")
            if values is None:
                continue
            tensor = torch.tensor(values, dtype=torch.float32).reshape(shape)
            if kind == "conv" and role == "kernel":
                tensor = tensor.permute(3, 2, 0, 1).contiguous()
            parameters[f"{node['id']}/{role}"] = tensor.requires_grad_()
        channels[node["id"]] = filters
    return parameters


def logits_of(nodes, parameters, running, images):
    values = {}
    for node in nodes:
        name, kind = node["id"], node["type"]
        inputs = [values[i] for i in node["inputs"]]
        x = inputs[0] if inputs else images

        def parameter(role):
            return parameters.get(f"{name}/{role}")

        if kind == "conv":
            x = F.conv2d(x, parameter("kernel"), parameter("bias"), node["stride"], node["padding"])
        elif kind == "batchNorm":
            if name not in running:
                running[name] = (torch.zeros(x.shape[1]), torch.ones(x.shape[1]))
            mean, variance = running[name]
            gamma, beta = parameter("gamma"), parameter("beta")
            x = F.batch_norm(x, mean, variance, gamma, beta, True, RUNNING_RATE, EPSILON)
        elif kind == "activation":
            x = getattr(torch, node["activation"])(x)
        elif kind == "subsample":
            stride = node["stride"]
            x = F.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, 0, node["channels"] - x.shape[1]))
        elif kind == "add":
            x = x + inputs[1]
        elif kind == "globalAveragePool":
            x = x.mean((2, 3))
        elif kind == "dense":
            x = x @ parameter("kernel")
            if node["bias"]:
                x = x + parameter("bias")
        elif kind != "input":
            raise ValueError(f"{name}: no operation {kind} here")
        values[name] = x
    return x


def main():
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    work = json.loads(sys.stdin.readline())
    parameters = parameters_of(work)
    images = torch.tensor(work["images"], dtype=torch.float32).reshape(work["shape"])
    images = images.permute(0, 3, 1, 2).contiguous()
    labels = torch.tensor(work["labels"])
    recipe = work["recipe"]
    optimiser = torch.optim.SGD(
        parameters.values(),
        lr=recipe["learningRate"],
        momentum=recipe["momentum"],
        weight_decay=recipe["weightDecay"],
    )
    running = {}
    for _ in sys.stdin:
        started = time.perf_counter()
        optimiser.zero_grad()
        loss = F.cross_entropy(logits_of(work["nodes"], parameters, running, images), labels)
        loss.backward()
        optimiser.step()
        value = loss.item()
        milliseconds = 1000 * (time.perf_counter() - started)
        print(json.dumps({"loss": value, "milliseconds": milliseconds}), flush=True)


main()
