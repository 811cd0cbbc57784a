"""
Trains the networks of an experiment in PyTorch, for in-pytorch.mjs, from the same weights on the same images in the
same order. Computes in float64: a plain network with batch normalisation is ill-conditioned at its first step, so that
in 32 bits PyTorch's own norms are off by several per cent.

Standard input is one line of JSON: `lanes` with `nodes`, `auxiliaryLosses` if there are any, `weights` (base64 of
32-bit floats by name), `gates` by `add` node, `plan` of changes, `without` (the network without each block), `paths`
(by length, the choice of ways of each path) and stages of `pretraining`; `recipe`, `seed`, `steps`, `aside` (the size
of a learned scale below which its block counts as put aside), `tested`, `points` of a line, and files of raw batches:
`train`, `test`, and perhaps `ends` of the line and `followed`, the images by which paths are followed and `terms` of
additions measured; the shape of a batch of each is beside it, such as `trainShape`. Standard output is one line of
JSON: `version` of PyTorch and `lanes`, a reading for each: error and gradient norms in training, and what was asked
for besides: `testError`; `norms`, the mean gradient norm by the images of the paths of each length; `terms`, the
norms of both inputs of every addition; and the `correlation` along the line, as in golden_shattered.py.
"""

import base64
import copy
import itertools
import json
import multiprocessing
import statistics
import sys

import numpy
import torch

from golden_shattered import along_line
from torch_network import logits_of, losses_of, parameters_of, values_of


def floats(text):
    return torch.from_numpy(numpy.frombuffer(base64.b64decode(text), dtype="<f4").copy()).double()


def batches_of(path, shape):
    """Yields images [N, C, H, W] and labels from a file of batches, each 32-bit pixels followed by 32-bit labels."""
    count = shape[0] * shape[1] * shape[2] * shape[3]
    data = numpy.fromfile(path, dtype="<f4")
    labels = numpy.fromfile(path, dtype="<i4")
    size = count + shape[0]
    for start in range(0, len(data), size):
        images = torch.from_numpy(data[start : start + count].copy()).double().reshape(shape)
        yield (
            images.permute(0, 3, 1, 2).contiguous(),
            torch.from_numpy(labels[start + count : start + size].astype("int64")),
        )


def drawn(network):
    """The parameters that a network starts from without pre-training."""
    weights = {name: floats(text) for name, text in network["weights"].items()}
    return parameters_of(network["nodes"], weights)


def optimiser_of(parameters, recipe):
    return torch.optim.SGD(
        parameters,
        lr=recipe["learningRate"],
        momentum=recipe["momentum"],
        weight_decay=recipe["weightDecay"],
    )


def pretrained(lane, job):
    """
    The parameters that a lane starts from. Each stage trains a smaller network: it takes what earlier stages have
    learned of the parameters that are `common` to it and the lane, by name here and there, and does not train those
    `frozen`.
    """
    learned = {}
    for stage in lane["pretraining"]:
        parameters, common = drawn(stage), stage["common"]
        for name, there in common.items():
            if there in learned:
                parameters[name].data.copy_(learned[there])
        trained = [parameter for name, parameter in parameters.items() if name not in stage["frozen"]]
        optimiser, running = optimiser_of(trained, job["recipe"]), {}
        batches = itertools.islice(batches_of(job["train"], job["trainShape"]), stage["steps"])
        for step, (images, labels) in enumerate(batches, 1):
            values = values_of(stage, parameters, running, images, drops=(job["seed"], step))
            optimiser.zero_grad()
            losses_of(stage, parameters, values, labels)[0].backward()
            optimiser.step()
        learned.update({there: parameters[name].detach() for name, there in common.items()})
    parameters = drawn(lane)
    for name, values in learned.items():
        parameters[name].data.copy_(values)
    return parameters


def train(lane, job):
    recipe, scores = job["recipe"], lane["nodes"][-1]["id"]
    parameters = pretrained(lane, job)
    optimiser = optimiser_of(parameters.values(), recipe)
    kernels = [name for name in parameters if name.endswith("/kernel") and "projection" not in name]
    gates, running, errors = dict(lane["gates"]), {}, []
    first = last = stopped = None
    batches = itertools.islice(batches_of(job["train"], job["trainShape"]), job["steps"])
    for step, (images, labels) in enumerate(batches, 1):
        for change in lane["plan"]:
            if change["after"] == step - 1:
                gates = dict.fromkeys(gates, change["gate"])
        values = values_of(lane, parameters, running, images, True, gates, drops=(job["seed"], step))
        minimised, loss = losses_of(lane, parameters, values, labels)
        optimiser.zero_grad()
        minimised.backward()
        norms = {name: float(p.grad.norm()) for name, p in parameters.items()}
        if step == 1:
            first, last = norms[kernels[0]], norms[kernels[-1]]
        # The app stops when its 32-bit numbers overflow, so this does too.
        if not numpy.isfinite(numpy.float32([loss.item(), *norms.values()])).all():
            stopped = step
            break
        errors.append((values[scores].argmax(1) != labels).float().mean().item())
        optimiser.step()
    lesions = [test(without, parameters, running, job, gates) for without in lane["without"]]
    scales = [parameters[name] for name in parameters if name.endswith("/scale")]
    aside = [scale for scale in scales if abs(scale.item()) < job["aside"]]
    measured = {}
    if job.get("tested") and not stopped:
        measured["testError"] = test(lane, parameters, running, job, gates)
    if "ends" in job and not stopped:
        ((images, labels),) = batches_of(job["ends"], job["endsShape"])
        _, correlation = along_line(lane, parameters, images, job["points"], labels[0], gates)
        measured["correlation"] = correlation
    if lane["paths"] and not stopped:
        measured["norms"] = path_norms(lane, parameters, running, job, gates)
    if job.get("terms") and not stopped:
        measured["terms"] = block_terms(lane, parameters, running, job, gates)
    if scales and lane["without"]:
        whole = test(lane, parameters, running, job, gates)
        with torch.no_grad():
            for scale in aside:
                scale.zero_()
        without = test(lane, parameters, running, job, gates)
        measured["aside"] = {"blocks": len(aside), "whole": whole, "without": without}
    return {
        **measured,
        "error": None if stopped or not errors else statistics.mean(errors[-20:]),
        "stopped": stopped,
        "first": first,
        "last": last,
        "trace": [statistics.mean(errors[i : i + 10]) for i in range(0, len(errors), 10)],
        "lesion": statistics.median(lesions) if lesions else None,
    }


def path_norms(lane, parameters, running, job, gates):
    ((images, labels),) = batches_of(job["followed"], job["followedShape"])
    network = {**lane, "auxiliaryLosses": None}

    def norm(ways):
        seen = images.clone().requires_grad_()
        values = values_of(network, parameters, running, seen, False, gates, ways=ways)
        (gradient,) = torch.autograd.grad(losses_of(network, parameters, values, labels)[1], seen, allow_unused=True)
        return 0.0 if gradient is None else gradient.norm().item()

    return [{"followed": len(paths), "mean": statistics.mean(map(norm, paths))} for paths in lane["paths"]]


@torch.no_grad()
def block_terms(lane, parameters, running, job, gates):
    ((images, _),) = batches_of(job["followed"], job["followedShape"])
    values = values_of(lane, parameters, copy.deepcopy(running), images, True, gates)
    return [
        {"shortcut": gates[node["id"]] * values[x].norm().item(), "branch": values[branch].norm().item()}
        for node in lane["nodes"]
        if node["type"] == "add"
        for branch, x in [node["inputs"]]
    ]


@torch.no_grad()
def test(network, parameters, running, job, gates):
    wrong = total = 0
    for images, labels in batches_of(job["test"], job["testShape"]):
        logits = logits_of(network, parameters, running, images, False, gates)
        wrong += (logits.argmax(1) != labels).sum().item()
        total += len(labels)
    return wrong / total


torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)

if __name__ == "__main__":
    job = json.loads(sys.stdin.readline())
    with multiprocessing.Pool() as pool:
        lanes = pool.starmap(train, [(lane, job) for lane in job["lanes"]], chunksize=1)
    print(json.dumps({"version": torch.__version__, "lanes": lanes}))
