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
WORD = 0xFFFFFFFF


def parameters_of(nodes, weights):
    """Parameters by name: convolution kernels as OIHW, dense matrices as [in, out].

    Takes the app's 32-bit values, in its layout, and converts them to torch's default type. A node without values for
    its parameters gets none.
    """
    parameters = {}
    for node in nodes:
        sizes = node["kernel"] if node["type"] == "conv" else []
        filters = node.get("filters") or node.get("units")
        shapes = {
            "conv": {"kernel": [*sizes, -1, filters], "bias": [filters]},
            "dense": {"kernel": [-1, filters], "bias": [filters]},
            "batchNorm": {"gamma": [-1], "beta": [-1]},
            "groupNorm": {"gamma": [-1], "beta": [-1]},
            "scale": {"scale": [1]},
        }.get(node["type"], {})
        for role, shape in shapes.items():
            values = weights.get(f"{node['id']}/{role}")
            if values is None:
                continue
            tensor = torch.as_tensor(values, dtype=torch.float32).to(torch.get_default_dtype()).reshape(shape)
            if tensor.dim() == 4:
                tensor = tensor.permute(3, 2, 0, 1).contiguous()
            parameters[f"{node['id']}/{role}"] = tensor.clone().requires_grad_()
    return parameters


def values_of(network, parameters, running, images, training=True, gates=None, drops=None, edges=None, ways=None):
    """
    Outputs of all nodes by id, for images [N, C, H, W]; the last are the logits. `network` has `nodes` and perhaps
    `auxiliaryLosses`; auxiliary heads are computed in training only, if they have losses. `running` holds mean and
    variance of every batch normalisation by its node, and is updated in training. `gates` multiply the shortcuts by the
    node of their addition. `drops` are seed and step of the app's dropout; without them torch draws. `edges` is filled
    with what each node reads of another, by (from, to), so that gradients can be told apart by reader. `ways` let the
    gradient through one input of an addition only: 0 for F(x), 1 for the shortcut.
    """
    heads = training and network.get("auxiliaryLosses")
    values = {}
    for node in network["nodes"]:
        if node.get("auxiliary") and not heads:
            continue
        name, kind = node["id"], node["type"]
        inputs = [values[i] for i in node["inputs"]]
        if edges is not None:
            inputs = [value.clone() for value in inputs]
            edges.update({(source, name): value for source, value in zip(node["inputs"], inputs)})
        if name in (ways or {}):
            inputs = [value if k == ways[name] else value.detach() for k, value in enumerate(inputs)]
        x = inputs[0] if inputs else images
        own = {role: parameters.get(f"{name}/{role}") for role in ("kernel", "bias", "gamma", "beta", "scale")}
        if kind == "conv":
            x = F.conv2d(x, own["kernel"], own["bias"], node["stride"], node["padding"], groups=node.get("groups", 1))
        elif kind == "batchNorm":
            if name not in running:
                running[name] = (torch.zeros(x.shape[1]), torch.ones(x.shape[1]))
            mean, variance = running[name]
            x = F.batch_norm(x, mean, variance, own["gamma"], own["beta"], training, RUNNING_RATE, EPSILON)
        elif kind == "groupNorm":
            x = F.group_norm(x, node["groups"], own["gamma"], own["beta"], EPSILON)
        elif kind == "lrn":
            # PyTorch divides alpha by the size of the neighbourhood, the paper does not.
            size = node["size"]
            x = F.local_response_norm(x, size, node["alpha"] * size, node["beta"], node["k"])
        elif kind == "activation":
            x = ACTIVATIONS[node["activation"]](x)
        elif kind == "maxPool":
            x = F.max_pool2d(x, node["kernel"], node["stride"], node["padding"], ceil_mode=node["ceil"])
        elif kind == "averagePool":
            x = F.avg_pool2d(x, node["kernel"], node["stride"])
        elif kind == "globalAveragePool":
            x = x.mean((2, 3))
        elif kind == "subsample":
            stride = node["stride"]
            x = F.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, 0, node["channels"] - x.shape[1]))
        elif kind == "concat":
            x = torch.cat(inputs, 1)
        elif kind == "flatten":
            # In the order of the app's layout: row, column, channel.
            x = x.permute(0, 2, 3, 1).flatten(1)
        elif kind == "add":
            x = x + inputs[1] * (gates or {}).get(name, 1) + sum(inputs[2:])
        elif kind == "multiply":
            factor = 1 - inputs[1] if node.get("complement") else inputs[1]
            x = x * (factor if factor.dim() == x.dim() else factor[:, :, None, None])
        elif kind == "scale":
            x = x * own["scale"]
        elif kind == "dropout":
            x = dropped(x, node, training, drops)
        elif kind == "dense":
            x = x @ own["kernel"]
            if node["bias"]:
                x = x + own["bias"]
        elif kind != "input":
            raise ValueError(f"{name}: unknown operation {kind}")
        values[name] = x
    return values


def logits_of(network, *arguments, **options):
    """The outputs of the last node; the arguments are those of `values_of`."""
    return values_of(network, *arguments, **options)[network["nodes"][-1]["id"]]


def losses_of(network, parameters, values, labels):
    """The loss that training minimises, with auxiliary heads and penalties, and the one reported, of the last node."""
    reported = F.cross_entropy(values[network["nodes"][-1]["id"]], labels)
    minimised = reported
    for head, weight in (network.get("auxiliaryLosses") or {}).items():
        minimised = minimised + weight * F.cross_entropy(values[head], labels)
    for node in network["nodes"]:
        if node.get("penalty"):
            minimised = minimised + node["penalty"] * parameters[f"{node['id']}/scale"].abs().sum()
    return minimised, reported


def dropped(x, node, training, drops):
    rate = node["rate"]
    per_image = node.get("per") == "image"
    if not training:
        return x
    if drops:
        shape = [len(x), 1, 1, 1][: x.dim()] if per_image else x.movedim(1, -1).shape
        mask = dropout_mask(rate, *drops, node["id"], shape)
        return x * mask.movedim(-1, 1)
    if per_image:
        return x * F.dropout(torch.ones([len(x), 1, 1, 1][: x.dim()]), rate)
    return F.dropout(x, rate)


def dropout_mask(rate, seed, step, name, shape):
    """The app's own mask (src/lib/engine/optimiser.ts): 0 or 1 / (1 - rate), drawn from seed, node and step."""
    key = 0x811C9DC5
    for character in f"{seed}/{name}/{step}".encode():
        key = ((key ^ character) * 0x01000193) & WORD
    index = torch.arange(torch.Size(shape).numel())
    state = ((index ^ key) * 747796405 + 2891336453) & WORD
    word = (((state >> ((state >> 28) + 4)) ^ state) * 277803737) & WORD
    bits = (word >> 22) ^ word
    return (bits >= int(rate * 2**32)).to(torch.get_default_dtype()).reshape(shape) / (1 - rate)
