"""Builds the app's networks in PyTorch from their descriptions, as the reference for the app's numbers."""

import torch
import torch.nn.functional as F

EPSILON = 1e-5
RUNNING_RATE = 0.1
LEAKY_SLOPE = 0.01
ACTIVATIONS = {
    "relu": torch.relu,
    "leaky-relu": lambda x: F.leaky_relu(x, LEAKY_SLOPE),
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}


def parameters_of(nodes, image_channels, weights):
    """Parameters by name: convolution kernels as OIHW, the dense matrix as [in, out].

    Takes the app's 32-bit values and converts them to torch's default type.
    """
    channels = {}
    parameters = {}
    for node in nodes:
        inputs = [channels[name] for name in node["inputs"]]
        kind = node["type"]
        c = image_channels if kind == "input" else inputs[0]
        filters = node.get("filters") or node.get("units") or node.get("channels") or c
        shapes = {
            "conv": {"kernel": [*node.get("kernel", []), c, filters], "bias": [filters]},
            "dense": {"kernel": [c, filters], "bias": [filters]},
            "batchNorm": {"gamma": [c], "beta": [c]},
            "groupNorm": {"gamma": [c], "beta": [c]},
        }.get(kind, {})
        for role, shape in shapes.items():
            values = weights.get(f"{node['id']}/{role}")
            if values is None:
                continue
            tensor = torch.as_tensor(values, dtype=torch.float32).to(torch.get_default_dtype()).reshape(shape)
            if kind == "conv" and role == "kernel":
                tensor = tensor.permute(3, 2, 0, 1).contiguous()
            parameters[f"{node['id']}/{role}"] = tensor.clone().requires_grad_()
        channels[node["id"]] = filters
    return parameters


def logits_of(nodes, parameters, running, images, training=True, gates=None, kept=None):
    """
    Logits of images [N, C, H, W]. `running` holds mean and variance of every batch normalisation by its node, and is
    updated in training. `gates` multiply the shortcuts by the node of their addition. `kept` receives the outputs of
    the nodes that are its keys.
    """
    values = {}
    for node in nodes:
        name, kind = node["id"], node["type"]
        inputs = [values[i] for i in node["inputs"]]
        x = inputs[0] if inputs else images
        if kind == "conv":
            kernel, bias = parameters[f"{name}/kernel"], parameters.get(f"{name}/bias")
            x = F.conv2d(x, kernel, bias, node["stride"], node["padding"])
        elif kind == "batchNorm":
            if name not in running:
                running[name] = (torch.zeros(x.shape[1]), torch.ones(x.shape[1]))
            mean, variance = running[name]
            gamma, beta = parameters[f"{name}/gamma"], parameters[f"{name}/beta"]
            x = F.batch_norm(x, mean, variance, gamma, beta, training, RUNNING_RATE, EPSILON)
        elif kind == "groupNorm":
            gamma, beta = parameters[f"{name}/gamma"], parameters[f"{name}/beta"]
            x = F.group_norm(x, node["groups"], gamma, beta, EPSILON)
        elif kind == "activation":
            x = ACTIVATIONS[node["activation"]](x)
        elif kind == "subsample":
            stride = node["stride"]
            x = F.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, 0, node["channels"] - x.shape[1]))
        elif kind == "add":
            x = x + inputs[1] * (gates or {}).get(name, 1)
        elif kind == "globalAveragePool":
            x = x.mean((2, 3))
        elif kind == "dense":
            x = x @ parameters[f"{name}/kernel"]
            if node["bias"]:
                x = x + parameters[f"{name}/bias"]
        elif kind != "input":
            raise ValueError(f"{name}: unknown operation {kind}")
        values[name] = x
        if kept is not None and name in kept:
            x.retain_grad()
            kept[name] = x
    return x
